import { type LogSink, pause } from "@steelyard/client";
import { ADDRESS_BITS, type IpAddress, type IpPrefix, sameIpAddress } from "@steelyard/model/address";
import { type BgpPeer, type ConfigProblem } from "@steelyard/model/config";
import {
  type Clock,
  type Instant,
  instantAfter,
  type Millis,
  type Random,
} from "@steelyard/model/foundation";
import { type CarriedRoutes, nothingCarried } from "../../core/desired/bgp/carried-routes.ts";
import { type DesiredBgp } from "../../core/desired/bgp/types.ts";
import { type BfdVerdict } from "../../core/machines/bgp-session/types.ts";
import { type RouteTable } from "../../core/rib/types.ts";
import { type BgpConnections } from "../../ports/bgp-connections.ts";
import { type ClusterReader, type ClusterView } from "../../ports/cluster-reader.ts";
import { type NetioWorker } from "../../ports/netio-worker.ts";
import {
  type BfdChange,
  type BfdPeer,
  type HostInterface,
  type RouterSight,
  type RouterWatch,
} from "../../ports/router-watch.ts";
import { type SocketAddress } from "../../ports/socket-address.ts";
import { BgpListeners } from "./bgp-listeners.ts";
import { BgpPeerDriver } from "./bgp-peer-driver.ts";
import { comparable } from "./comparable.ts";
import { PeerLog } from "./peer-log.ts";
import { type PeerPassword, PeerPasswords } from "./peer-passwords.ts";
import { type PeerPlan, planPeer, RESTART_TIME_SECONDS } from "./peer-plan.ts";
import { type BgpPeerStatus } from "./peer-status.ts";

export interface BgpSpeakerOptions {
  readonly nodeName: string;
  /** The program's own. */
  readonly namespace: string;
  /** The flag `--bgp-listen`: where routers may connect to us. */
  readonly listen: readonly SocketAddress[];
  /** The flag `--bgp-route-delay`. */
  readonly routeDelay: Millis;
}

export interface BgpSpeakerDeps {
  readonly connections: BgpConnections;
  readonly worker: Pick<NetioWorker, "watchRouters" | "onBfdChange" | "onRouterSight" | "onFailure">;
  readonly cluster: Pick<ClusterReader, "watchSecrets">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** `status`, `carried` or `problems` may have changed. */
  readonly onChange: () => void;
}

/** How long sessions wait for the worker to tell of this node's interfaces. */
const sightPatience: Millis = 2000;
/** RFC 8326: how long routers have to turn away from a node that is drained. */
const turnAway: Millis = 1000;
/** How long the routes of a drain, or the end of a session, may take to be sent: all of it has to fit into two seconds. */
const exitPatience: Millis = 300;
/**
 * How long a router has to see the end of a session before BFD says AdminDown. The other way round it takes the path for gone
 * and drops the routes that it was to keep (FRR 8.4: Cease / BFD Down).
 */
const bfdOutlives: Millis = 200;

/** Speaks BGP: one driver for each peer of this node, and the parts they share. */
export class BgpSpeaker {
  readonly #options: BgpSpeakerOptions;
  readonly #deps: BgpSpeakerDeps;
  readonly #passwords: PeerPasswords;
  readonly #listeners: BgpListeners;
  readonly #drivers = new Map<string, BgpPeerDriver>();
  readonly #startedAt: Instant;
  #desired: DesiredBgp | undefined;
  #secrets: ClusterView["passwordSecrets"] = new Map();
  #sight: RouterSight | undefined;
  /** The interfaces as the drivers know them: the same array while nothing about them has changed. */
  #interfaces: readonly HostInterface[] | undefined;
  readonly #verdicts = new Map<string, BfdVerdict>();
  /** By interface, the router that was found there last. */
  readonly #routers = new Map<string, IpAddress>();
  #watch: RouterWatch | undefined;
  #cancelPatience: (() => void) | undefined;
  #isApplying = false;
  /** Something has changed since the drivers were told. */
  #isStale = false;
  #hasApplied = false;
  #isStopped = false;
  #carried: CarriedRoutes = nothingCarried;
  #connections = 0;

  constructor(options: BgpSpeakerOptions, deps: BgpSpeakerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#startedAt = deps.clock.now();
    this.#passwords = new PeerPasswords(options, deps);
    this.#listeners = new BgpListeners(options.listen, {
      ...deps,
      accept: (plan, connection) => this.#accept(plan, connection),
    });
    deps.worker.onBfdChange((change) => this.#noteBfd(change));
    deps.worker.onRouterSight((sight) => this.#noteSight(sight));
    // The next worker's sessions have never been up, and so have nothing to tell.
    deps.worker.onFailure(() => this.#forgetBfd());
  }

  /** What is wrong with the Secrets that peers of this node name. */
  get problems(): readonly ConfigProblem[] {
    return this.#passwords.problems;
  }

  /** What routers have from this node; another object whenever that may have changed. */
  get carried(): CarriedRoutes {
    return this.#carried;
  }

  /** Of the peers of this node, sorted by name. */
  get status(): readonly BgpPeerStatus[] {
    return [...this.#drivers.values()].map((driver) => {
      const key = driver.plan.bfd?.key;
      return driver.status(this.#sight?.bfd.find((session) => session.key === key));
    });
  }

  /** What is to be said to whom, by level. The first call begins: until then there is no session and no listener. */
  update(desired: DesiredBgp, secrets: ClusterView["passwordSecrets"]): void {
    if (this.#desired === desired && this.#secrets === secrets) return;
    this.#desired = desired;
    this.#secrets = secrets;
    this.#deps.cluster.watchSecrets(secretNamesOf(desired.peers));
    this.#apply();
  }

  /**
   * Ends all sessions; resolves when nothing is left to say. `roll-out`: another agent follows, so routers that can keep
   * our routes until then are left alone; BFD may end afterwards, not before. `drain`: they are told first to take other ways, and have a second for it.
   */
  async stop(exit: "roll-out" | "drain"): Promise<void> {
    this.#isStopped = true;
    this.#cancelPatience?.();
    this.#listeners.stop();
    const drivers = [...this.#drivers.values()];
    if (exit === "drain") await this.#turnAway(drivers);
    const { nodeName } = this.#options;
    const watchesPaths = drivers.some((driver) => driver.isEstablished && driver.plan.bfd !== undefined);
    const ends = drivers.map((driver) =>
      exit === "drain"
        ? driver.stop("shut-down", `node ${nodeName} is being drained`)
        : driver.stop("roll-out"),
    );
    await this.#within(exitPatience, Promise.all(ends));
    if (watchesPaths) await this.#within(bfdOutlives, new Promise(() => undefined));
  }

  async #turnAway(drivers: readonly BgpPeerDriver[]): Promise<void> {
    const established = drivers.filter((driver) => driver.isEstablished);
    if (established.length === 0) return;
    await this.#within(exitPatience, Promise.all(established.map((driver) => driver.withdrawGracefully())));
    await this.#within(turnAway, new Promise(() => undefined));
  }

  async #within(limit: Millis, work: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const end = work.then(() => over.abort());
    await Promise.race([end, pause(limit, over.signal, this.#deps.clock)]);
  }

  /** What drivers do may make the world tell something at once: that is for another round. */
  #apply(): void {
    this.#isStale = true;
    if (this.#isApplying) return;
    this.#isApplying = true;
    try {
      while (this.#isStale && this.#desired !== undefined && !this.#isStopped) {
        this.#isStale = false;
        this.#applyTo(this.#desired);
      }
    } finally {
      this.#isApplying = false;
    }
  }

  #applyTo({ peers, routes }: DesiredBgp): void {
    const passwords = this.#passwords.of(peers, this.#secrets);
    const plans = peers.map((peer) => this.#plan(peer, passwords.get(peer.name)));
    this.#watchRouters(peers, plans);
    this.#listeners.update(plans);
    const names = new Set(peers.map(({ name }) => name));
    for (const [name, driver] of this.#drivers) if (!names.has(name)) this.#drop(name, driver);
    for (const plan of plans) this.#drive(plan, routes.get(plan.name) ?? []);
    this.#hasApplied = true;
  }

  #plan(peer: BgpPeer, password: PeerPassword = { kind: "none" }): PeerPlan {
    const interfaces = this.#interfaces;
    return planPeer(peer, { password, interfaces, routerOn: (name) => this.#routers.get(name) });
  }

  #drive(plan: PeerPlan, routes: RouteTable): void {
    const driver = this.#drivers.get(plan.name) ?? this.#add(plan);
    const host = {
      interfaces: this.#interfaces ?? [],
      isAnnounced: (address: IpAddress) => routes.some(({ prefix }) => isOnly(prefix, address)),
    };
    const bfd = plan.bfd && (this.#verdicts.get(plan.bfd.key) ?? "waiting");
    driver.update({ plan, routes, host, bfd });
  }

  #add(plan: PeerPlan): BgpPeerDriver {
    const { clock } = this.#deps;
    const { nodeName, routeDelay } = this.#options;
    const fields = { peer: plan.name, router: plan.router };
    // A peer that is configured later has nothing of an earlier agent to keep.
    const restarts = !this.#hasApplied;
    const restartingUntil = restarts
      ? instantAfter(this.#startedAt, 1000 * RESTART_TIME_SECONDS)
      : this.#startedAt;
    const driver = new BgpPeerDriver(
      { nodeName, plan, restartingUntil, routeDelay },
      {
        ...this.#deps,
        log: new PeerLog(fields, { ...this.#deps, clock }),
        nextConnection: () => (this.#connections += 1),
        onRoutes: () => this.#noteRoutes(),
      },
    );
    this.#drivers.set(plan.name, driver);
    this.#deps.log.info({ event: "peerAdded", ...fields }, "BGP peer added");
    return driver;
  }

  #drop(name: string, driver: BgpPeerDriver): void {
    this.#drivers.delete(name);
    void driver.stop("deconfigured");
    this.#deps.log.info({ event: "peerRemoved", peer: name }, "BGP peer removed");
  }

  #accept(plan: PeerPlan, connection: Parameters<BgpPeerDriver["accept"]>[0]) {
    const nothing = (): void => undefined;
    const driver = this.#drivers.get(plan.name);
    if (driver !== undefined) return driver.accept(connection, plan.dial?.interface);
    connection.close();
    return { onConnected: nothing, onData: nothing, onDrain: nothing, onClosed: nothing };
  }

  /** A node without peers asks nothing of the worker, unless it has asked before. */
  #watchRouters(peers: readonly BgpPeer[], plans: readonly PeerPlan[]): void {
    if (peers.length === 0 && this.#watch === undefined) return;
    const watch = { bfd: bfdPeersOf(plans), discover: interfacesOf(peers) };
    const isFirst = this.#watch === undefined;
    if (!isFirst && comparable(watch) === comparable(this.#watch)) return;
    this.#watch = watch;
    const keys = new Set(watch.bfd.map(({ key }) => key));
    for (const key of [...this.#verdicts.keys()]) if (!keys.has(key)) this.#verdicts.delete(key);
    this.#deps.worker.watchRouters(watch);
    if (isFirst) this.#cancelPatience = this.#deps.clock.after(sightPatience, () => this.#goWithoutSight());
  }

  #goWithoutSight(): void {
    if (this.#interfaces !== undefined) return;
    this.#deps.log.warn({}, "the netio worker does not tell of the interfaces; BGP goes on without");
    this.#interfaces = [];
    this.#apply();
    this.#deps.onChange();
  }

  #noteSight(sight: RouterSight): void {
    const before = this.#sight;
    this.#sight = sight;
    const isSame = comparable(before?.interfaces) === comparable(sight.interfaces);
    if (!isSame) this.#interfaces = sight.interfaces;
    this.#noteRouters(sight.routers);
    // Numbers alone change nothing: whoever wants them asks.
    if (isSame && comparable(before?.routers) === comparable(sight.routers)) return;
    this.#apply();
    this.#deps.onChange();
  }

  /** A router stays the one it was while it is among those that are seen, and until another one is. */
  #noteRouters(routers: RouterSight["routers"]): void {
    for (const name of new Set(routers.map((router) => router.interface))) {
      const here = routers.filter((router) => router.interface === name).map(({ address }) => address);
      const known = this.#routers.get(name);
      const [first] = here;
      const isThere = known !== undefined && here.some((address) => sameIpAddress(address, known));
      if (!isThere && first !== undefined) this.#routers.set(name, first);
    }
  }

  #noteBfd({ key, state, wasUp }: BfdChange): void {
    this.#verdicts.set(key, verdictOf(state, wasUp));
    this.#apply();
  }

  #forgetBfd(): void {
    this.#verdicts.clear();
    this.#apply();
  }

  #noteRoutes(): void {
    this.#carried = { carries: (peer, prefix) => this.#drivers.get(peer)?.carries(prefix) ?? false };
    this.#deps.onChange();
  }
}

function verdictOf(state: BfdChange["state"], wasUp: boolean): BfdVerdict {
  if (state === "up" || state === "admin-down") return state;
  return wasUp ? "down" : "waiting";
}

/** The only address of a prefix. */
function isOnly({ network, length }: IpPrefix, address: IpAddress): boolean {
  return length === ADDRESS_BITS[network.family] && sameIpAddress(network, address);
}

function secretNamesOf(peers: readonly BgpPeer[]): readonly string[] {
  const names = peers.flatMap(({ password }) => (password?.from === "secret" ? [password.name] : []));
  return [...new Set(names)].sort();
}

function interfacesOf(peers: readonly BgpPeer[]): readonly string[] {
  const names = peers.flatMap(({ endpoint }) => (endpoint.by === "interface" ? [endpoint.interface] : []));
  return [...new Set(names)].sort();
}

/** One for each key: of peers that share a session the profile of the first one counts. */
function bfdPeersOf(plans: readonly PeerPlan[]): readonly BfdPeer[] {
  const byKey = new Map<string, BfdPeer>();
  for (const { bfd } of plans) if (bfd !== undefined && !byKey.has(bfd.key)) byKey.set(bfd.key, bfd);
  return [...byKey.values()];
}
