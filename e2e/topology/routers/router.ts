import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type IpFamily } from "@steelyard/model/address";
import { eventually } from "../eventually.ts";
import { type NetworkNamespace } from "../namespace.ts";
import { Program } from "../program.ts";
import { bird } from "./bird.ts";
import { exabgp } from "./exabgp.ts";
import { frr, vtysh } from "./frr.ts";
import { gobgp } from "./gobgp.ts";
import { openbgpd } from "./openbgpd.ts";
import {
  type LearnedRoute,
  type RouterBfdSession,
  type RouterConfig,
  type RouterKind,
  type RouterSession,
} from "./router-config.ts";
import { admitRouters, routerFolder } from "./router-programs.ts";
import { type RouterDaemon, type RouterPlace, type RouterSoftware } from "./router-software.ts";

const software: Readonly<Record<RouterKind, RouterSoftware>> = { frr, bird, gobgp, openbgpd, exabgp };

/** What `ip -j route` says of a route, as far as it is asked. */
interface KernelRoute extends KernelHop {
  readonly nexthops?: readonly KernelHop[];
}

interface KernelHop {
  readonly gateway?: string;
  /** Of another family than the route. */
  readonly via?: { readonly host: string };
}

/** A genuine BGP speaker in a network namespace: started, configured and asked in one way, whoever made it. */
export class Router {
  readonly kind: RouterKind;
  readonly #software: RouterSoftware;
  readonly #place: RouterPlace;
  readonly #programs = new Map<string, Program>();
  #config: RouterConfig;

  private constructor(kind: RouterKind, place: RouterPlace, config: RouterConfig) {
    this.kind = kind;
    this.#software = software[kind];
    this.#place = place;
    this.#config = config;
  }

  /** Starts its programs and returns when they can be asked. `name` is unique in the sandbox. */
  static async start(
    kind: RouterKind,
    { name, host, config }: { name: string; host: NetworkNamespace; config: RouterConfig },
  ): Promise<Router> {
    await admitRouters();
    const router = new Router(kind, { name, host, folder: routerFolder(name) }, config);
    await router.restart();
    return router;
  }

  get name(): string {
    return this.#place.name;
  }

  get host(): NetworkNamespace {
    return this.#place.host;
  }

  get config(): RouterConfig {
    return this.#config;
  }

  get programs(): readonly Program[] {
    return [...this.#programs.values()];
  }

  /** Its RIB-in after its own filters: every path it has learned, the best and the others. */
  table(family: IpFamily): Promise<readonly LearnedRoute[]> {
    return this.#software.table(this.#place, family);
  }

  /** The paths to one prefix. */
  async routesTo(prefix: string): Promise<readonly LearnedRoute[]> {
    const family = prefix.includes(":") ? "IPv6" : "IPv4";
    const routes = await this.#software.table(this.#place, family, prefix);
    return routes.filter((route) => route.prefix === prefix);
  }

  /** How many prefixes of a family it has from a neighbour: what is quick where there are many. */
  count(family: IpFamily, neighbor: string): Promise<number> {
    return this.#software.count(this.#place, family, neighbor);
  }

  sessions(): Promise<readonly RouterSession[]> {
    return this.#software.sessions(this.#place);
  }

  /** Undefined where it knows nothing of this neighbour. */
  async session(neighbor: string): Promise<RouterSession | undefined> {
    return (await this.sessions()).find((session) => session.neighbor === neighbor);
  }

  /** Throws where the software does not speak BFD. */
  bfdSessions(): Promise<readonly RouterBfdSession[]> {
    if (this.#software.bfdSessions === undefined) throw new Error(`${this.kind} does not speak BFD`);
    return this.#software.bfdSessions(this.#place);
  }

  /** Returns the session with a neighbour when it is established. */
  untilEstablished(neighbor: string, withinMillis = 15_000): Promise<RouterSession> {
    return this.#eventually(
      `${this.name} (${this.kind}) established with ${neighbor}`,
      async () => {
        const session = await this.session(neighbor);
        return session?.established === true && session;
      },
      withinMillis,
    );
  }

  /** Returns the paths to a prefix when there are as many. */
  untilRoutes(prefix: string, count: number, withinMillis = 10_000): Promise<readonly LearnedRoute[]> {
    return this.#eventually(
      `${count} paths to ${prefix} at ${this.name} (${this.kind})`,
      async () => {
        const routes = await this.routesTo(prefix);
        return routes.length === count && routes;
      },
      withinMillis,
    );
  }

  /** Which way its kernel sends packets for a prefix that it was told of: FRR and BIRD give it their routes. */
  async nextHops(prefix: string): Promise<readonly string[]> {
    const family = prefix.includes(":") ? "-6" : "-4";
    const routes = JSON.parse(
      await this.host.ip("-j", family, "route", "show", prefix),
    ) as readonly KernelRoute[];
    return routes
      .flatMap(({ nexthops = [], ...only }) => [only, ...nexthops])
      .flatMap(({ gateway, via }) => gateway ?? via?.host ?? []);
  }

  /** Returns the next hops for a prefix when the kernel has as many. */
  untilNextHops(prefix: string, count: number, withinMillis = 10_000): Promise<readonly string[]> {
    return this.#eventually(
      `${count} next hops for ${prefix} in the kernel of ${this.name} (${this.kind})`,
      async () => {
        const hops = await this.nextHops(prefix);
        return hops.length === count && hops;
      },
      withinMillis,
    );
  }

  /** Waits for whatever is asked of it, and says with a failure what it printed. */
  async until<T>(
    what: string,
    probe: () => Promise<T | undefined | false>,
    withinMillis = 10_000,
  ): Promise<T> {
    return this.#eventually(`${what} at ${this.name} (${this.kind})`, probe, withinMillis);
  }

  /** Commands in FRR's own words, for what no other router has; gives what it prints. */
  vtysh(...commands: readonly string[]): Promise<string> {
    if (this.kind !== "frr") throw new Error(`${this.kind} has no vtysh`);
    return vtysh(this.#place, ...commands);
  }

  /** Takes a changed configuration without a restart. Throws where the software cannot. */
  async configure(config: RouterConfig): Promise<void> {
    this.#config = config;
    this.#writeFiles();
    const bgp = this.#programs.get("bgp");
    if (this.#software.reload === undefined || bgp === undefined)
      throw new Error(`${this.kind} cannot be told while it runs`);
    await this.#software.reload(this.#place, bgp);
  }

  /** Its power is lost: nobody is told anything. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Ends as its operator would end it. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** Starts its programs anew, whether they run or not, with another configuration if one is given. */
  async restart(config: RouterConfig = this.#config): Promise<void> {
    await this.stop();
    this.#config = config;
    this.#writeFiles();
    for (const daemon of this.#software.daemons(this.#place, config)) await this.#startDaemon(daemon);
  }

  /** SIGSTOP to what speaks BGP: its sockets stay and nobody reads them. */
  freeze(): { readonly thaw: () => void } {
    const bgp = this.#programs.get("bgp");
    bgp?.process.kill("SIGSTOP");
    return { thaw: () => void bgp?.process.kill("SIGCONT") };
  }

  transcript(): string {
    return this.programs.map((program) => `--- ${program.name}\n${program.transcript()}`).join("\n");
  }

  #writeFiles(): void {
    for (const [name, text] of Object.entries(this.#software.files(this.#config, this.#place))) {
      const path = join(this.#place.folder, name);
      writeFileSync(path, text);
      // OpenBGPD reads no file that others may read.
      chmodSync(path, 0o600);
    }
  }

  async #startDaemon({ name, program, args, env, isReady }: RouterDaemon): Promise<void> {
    const child = this.host.spawn(program, args, [], env ?? process.env);
    const running = new Program(`${name} of ${this.name} (${this.kind})`, child);
    this.#programs.set(name, running);
    await this.#eventually(`${running.name} to answer`, async () => {
      if (!running.isRunning) throw new Error(`${running.name} ended early`);
      return isReady();
    });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(this.programs.toReversed().map((program) => program.stop(signal)));
    this.#programs.clear();
  }

  async #eventually<T>(
    what: string,
    probe: () => Promise<T | undefined | false>,
    withinMillis?: number,
  ): Promise<T> {
    try {
      return await eventually(what, probe, withinMillis);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      const last = JSON.stringify(cause instanceof Error ? cause.message : cause);
      throw new Error(`${String(error)}\nat last: ${last}\n${this.transcript()}`, { cause });
    }
  }
}
