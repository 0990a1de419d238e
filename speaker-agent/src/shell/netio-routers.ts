import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Millis } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import {
  type BfdChange,
  type HostInterface,
  type RouterSight,
  type RouterWatch,
} from "../ports/router-watch.ts";
import { Coalescer } from "./coalescer.ts";
import { NetioBfd, type NetioBfdDeps } from "./netio-bfd.ts";
import { NetioRouterDiscovery, type NetioRouterDiscoveryDeps } from "./netio-router-discovery.ts";

export interface NetioRoutersDeps extends Omit<NetioRouterDiscoveryDeps, "onRouters"> {
  /** Needed for BFD only. */
  readonly bfd?: Pick<NetioBfdDeps, "sockets" | "afterReading" | "onBusy">;
  readonly onBfdChange: (change: BfdChange) => void;
  readonly onSight: (sight: RouterSight) => void;
}

/** What the main thread makes of a sight is a matter of seconds; what is a matter of milliseconds is told at once. */
const SIGHT_PAUSE: Millis = 250;
/** Counters move with every packet; whoever scrapes them does so more rarely than this. */
const COUNTERS_PAUSE: Millis = 5000;

/** What the netio worker does for BGP: BFD, router discovery, and the addresses of this host. */
export class NetioRouters {
  readonly #deps: NetioRoutersDeps;
  readonly #sights: Coalescer;
  readonly #bfd: NetioBfd | undefined;
  readonly #discovery: NetioRouterDiscovery;
  #routers: RouterSight["routers"] = [];
  #watched: RouterWatch | undefined;
  #cancelCounting: (() => void) | undefined;
  /** Undefined = the kernel has not told of them yet. */
  #links: readonly Link[] | undefined;
  #told: string | undefined;

  constructor(deps: NetioRoutersDeps) {
    this.#deps = deps;
    this.#sights = new Coalescer(
      { pauseMs: SIGHT_PAUSE, pausePerRunTime: 10 },
      { clock: deps.clock, run: () => this.#tell() },
    );
    const { bfd, onBfdChange: onChange } = deps;
    const onReport = (): void => this.#sights.request();
    this.#discovery = new NetioRouterDiscovery({ ...deps, onRouters: (routers) => this.#found(routers) });
    this.#bfd = bfd && new NetioBfd({ ...deps, ...bfd, onChange, onReport });
  }

  watch(watch: RouterWatch): void {
    this.#watched = watch;
    this.#discovery.watch(watch.discover);
    this.#bfd?.watch(watch.bfd);
    this.#countNow();
  }

  updateLinks(links: readonly Link[]): void {
    this.#links = links;
    this.#discovery.updateLinks(links);
    this.#bfd?.updateLinks(links);
    if (this.#watched !== undefined) this.#sights.request();
  }

  /** Tells routers that BFD ends here. */
  stop(): void {
    this.#bfd?.stop();
    this.#discovery.stop();
    this.#cancelCounting?.();
    this.#sights.stop();
  }

  #found(routers: RouterSight["routers"]): void {
    this.#routers = routers;
    this.#sights.request();
  }

  #countNow(): void {
    this.#sights.request();
    this.#cancelCounting?.();
    if (this.#watched === undefined || this.#watched.bfd.length === 0) return;
    this.#cancelCounting = this.#deps.clock.after(COUNTERS_PAUSE, () => this.#countNow());
  }

  #tell(): void {
    // A node that seems to have no address would take back routes of which a router just waits to hear again.
    if (this.#links === undefined) return;
    const sight: RouterSight = {
      routers: this.#routers,
      interfaces: hostInterfaces(this.#links),
      bfd: this.#bfd?.report() ?? [],
    };
    const text = sightText(sight);
    if (text === this.#told) return;
    this.#told = text;
    this.#deps.onSight(sight);
  }
}

/** Without what an agent has bound: it may go to another node at any moment, and no next hop may lead there. */
function hostInterfaces(links: readonly Link[]): readonly HostInterface[] {
  return links.map(({ name, running, addresses }) => ({
    name,
    running,
    addresses: addresses
      .filter(({ bound }) => bound !== true)
      .map(({ address, prefixLength }) => ({ address, prefixLength })),
  }));
}

/** Equal for equal sights. */
function sightText(sight: RouterSight): string {
  return JSON.stringify(sight, (key, value: unknown) =>
    key === "address" ? formatIpAddress(value as IpAddress) : value,
  );
}
