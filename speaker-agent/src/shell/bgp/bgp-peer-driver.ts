import { formatIpAddress, type IpPrefix } from "@steelyard/model/address";
import { type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { reportBgpSession } from "../../core/machines/bgp-session/report.ts";
import { initialBgpSession, stepBgpSession } from "../../core/machines/bgp-session/step.ts";
import {
  type BfdVerdict,
  type BgpNegotiated,
  type BgpSessionEffect,
  type BgpSessionInput,
  type BgpSessionState,
  type ConnectionId,
} from "../../core/machines/bgp-session/types.ts";
import { reportRibOut } from "../../core/rib/report.ts";
import { initialRibOut, isAdvertised, stepRibOut } from "../../core/rib/step.ts";
import {
  type NextHops,
  type RibOutEffect,
  type RibOutInput,
  type RibOutState,
  type RouteTable,
} from "../../core/rib/types.ts";
import {
  type BgpConnection,
  type BgpConnectionEvents,
  type BgpConnections,
} from "../../ports/bgp-connections.ts";
import { type BfdSessionReport } from "../../ports/router-watch.ts";
import { MachineRunner } from "../machine-runner.ts";
import { comparable } from "./comparable.ts";
import { fallbackRouterId, type HostView, nextHopsOf } from "./local-addresses.ts";
import { type ConnectionEvent, PeerConnections } from "./peer-connections.ts";
import { type PeerLog } from "./peer-log.ts";
import { type PeerPlan } from "./peer-plan.ts";
import { type BgpPeerStatus } from "./peer-status.ts";

export interface BgpPeerDriverOptions {
  readonly nodeName: string;
  readonly plan: PeerPlan;
  /** Until then this agent counts as one that has just started, as long as there was no session. */
  readonly restartingUntil: Instant;
  readonly routeDelay: Millis;
}

export interface BgpPeerDriverDeps {
  readonly connections: BgpConnections;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: PeerLog;
  /** Numbers for connections, none of them twice. */
  readonly nextConnection: () => ConnectionId;
  /** The session has changed. */
  readonly onChange: () => void;
  /** What the router has from us may have changed. */
  readonly onRoutes: () => void;
}

/** What is known of the world around one peer, by level. */
export interface PeerWorld {
  readonly plan: PeerPlan;
  readonly routes: RouteTable;
  readonly host: HostView;
  readonly bfd: BfdVerdict | undefined;
}

export type BgpExit = Extract<BgpSessionInput, { readonly kind: "stop" }>["exit"];

/** One BGPPeer: its session, its outgoing routes, and the connections and timers that both of them need. */
export class BgpPeerDriver {
  readonly #options: BgpPeerDriverOptions;
  readonly #deps: BgpPeerDriverDeps;
  readonly #session: MachineRunner<BgpSessionState, BgpSessionInput, BgpSessionEffect>;
  readonly #rib: MachineRunner<RibOutState, RibOutInput, RibOutEffect>;
  readonly #connections: PeerConnections;
  #plan: PeerPlan;
  #host: HostView = { interfaces: [], isAnnounced: () => false };
  #routes: RouteTable | undefined;
  #bfd: BfdVerdict | undefined;
  #nextHops: NextHops = {};
  #isStarted = false;
  #isStopping = false;
  #isConfiguring = false;
  #wasEstablished = false;
  #established: BgpNegotiated | undefined;
  /** A batch has been given to the session: its end has to be told. */
  #isSending = false;
  /** How many inputs of the session are being dealt with. */
  #depth = 0;
  #onSettled: (() => void)[] = [];
  #onStopped: () => void = () => undefined;

  constructor(options: BgpPeerDriverOptions, deps: BgpPeerDriverDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#plan = options.plan;
    this.#connections = new PeerConnections({
      ...deps,
      onEvent: (event) => this.#noteConnection(event),
      onDrain: () => this.#pump(),
    });
    this.#session = this.#runSession();
    this.#rib = this.#runRib();
  }

  get plan(): PeerPlan {
    return this.#plan;
  }

  get isEstablished(): boolean {
    return this.#established !== undefined;
  }

  update({ plan, routes, host, bfd }: PeerWorld): void {
    const before = this.#plan;
    const hostBefore = this.#host;
    this.#plan = plan;
    this.#host = host;
    if (plan.dial !== undefined) this.#connections.adapt(before.dial, plan.dial);
    if (comparable(plan.config) !== comparable(before.config)) this.#configure(plan);
    if (bfd !== this.#bfd) this.#take({ kind: "bfd", state: bfd });
    this.#bfd = bfd;
    if (this.#routes !== routes) this.#takeOfRib({ kind: "routes", routes });
    this.#routes = routes;
    this.#noteNextHops();
    this.#startOrRetry(before, hostBefore);
  }

  /** A router has connected to us. */
  accept(connection: BgpConnection, interfaceName: string | undefined): BgpConnectionEvents {
    return this.#connections.accept(connection, interfaceName);
  }

  /** Resolves when the router has been told that this node goes; at once when there is no session to tell it in. */
  async withdrawGracefully(): Promise<void> {
    if (this.#established === undefined) return;
    const settled = new Promise<void>((resolve) => this.#onSettled.push(resolve));
    this.#takeOfRib({ kind: "graceful-shutdown" });
    await settled;
  }

  /** Resolves when the session is over. Nothing is done afterwards. */
  stop(exit: BgpExit, communication?: string): Promise<void> {
    if (!this.#isStarted) return Promise.resolve();
    this.#isStopping = true;
    return new Promise((resolve) => {
      this.#onStopped = resolve;
      this.#take({ kind: "stop", exit, ...(communication !== undefined && { communication }) });
    });
  }

  status(bfd: BfdSessionReport | undefined): BgpPeerStatus {
    const { name, router, endpoint, vrf, config, obstacle, bfd: watched } = this.#plan;
    const session = reportBgpSession(this.#session.state);
    const inTheWay = session.state === "established" ? undefined : obstacle;
    return {
      name,
      router,
      endpoint,
      vrf,
      families: config.families,
      refusal: inTheWay?.kind === "refused" ? inTheWay.because : undefined,
      session: inTheWay === undefined ? session : { ...session, lastError: inTheWay.because },
      rib: reportRibOut(this.#rib.state),
      bfd: watched && bfd && { peer: formatIpAddress(watched.remote), report: bfd },
    };
  }

  /** Whether the router has this route from us, in the session that stands. */
  carries(prefix: IpPrefix): boolean {
    return this.#established !== undefined && isAdvertised(this.#rib.state, prefix);
  }

  #runSession(): MachineRunner<BgpSessionState, BgpSessionInput, BgpSessionEffect> {
    const { clock, random } = this.#deps;
    return new MachineRunner<BgpSessionState, BgpSessionInput, BgpSessionEffect>(
      {
        name: "session with a BGP router",
        initial: initialBgpSession(this.#plan.config),
        step: (state, input, { now }) =>
          stepBgpSession(state, input, { now, random, restarting: this.#isRestarting(now) }),
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
  }

  #runRib(): MachineRunner<RibOutState, RibOutInput, RibOutEffect> {
    const { routeDelay } = this.#options;
    return new MachineRunner<RibOutState, RibOutInput, RibOutEffect>(
      {
        name: "table of outgoing routes",
        initial: initialRibOut(),
        step: (state, input, { now }) => stepRibOut(state, input, { now, routeDelay }),
      },
      { clock: this.#deps.clock, perform: (effect) => this.#performOfRib(effect) },
    );
  }

  #isRestarting(now: Instant): boolean {
    return !this.#wasEstablished && now < this.#options.restartingUntil;
  }

  #configure({ config }: PeerPlan): void {
    this.#isConfiguring = true;
    this.#take({ kind: "configure", config });
    this.#isConfiguring = false;
  }

  /** What has changed may be why it failed. */
  #startOrRetry({ obstacle, dial }: PeerPlan, host: HostView): void {
    const { plan } = this;
    if (plan.obstacle !== undefined) return;
    const isNews =
      obstacle !== undefined ||
      dial?.password !== plan.dial?.password ||
      host.interfaces !== this.#host.interfaces;
    if (!this.#isStarted) this.#take({ kind: "start" });
    else if (isNews) this.#take({ kind: "retry" });
    this.#isStarted = true;
  }

  #take(input: BgpSessionInput): void {
    this.#depth += 1;
    try {
      this.#session.take(input);
    } finally {
      this.#depth -= 1;
    }
    this.#pump();
  }

  #takeOfRib(input: RibOutInput): void {
    this.#rib.take(input);
    this.#pump();
  }

  /** Tells the table that its batch is out, when it is: neither within the session nor with the kernel any of it waits. */
  #pump(): void {
    while (this.#isSending && this.#depth === 0 && !this.#isFull) {
      this.#isSending = false;
      this.#rib.take({ kind: "writable" });
    }
  }

  get #isFull(): boolean {
    return this.#established !== undefined && this.#connections.isFull(this.#established.connection);
  }

  #noteConnection(event: ConnectionEvent): void {
    if (event.kind !== "connected") return this.#take(event);
    const ends = this.#connections.endsOf(event.connection);
    const { nodeName } = this.#options;
    const id = ends === undefined ? 1 : fallbackRouterId(ends, this.#host, nodeName);
    this.#take({ ...event, fallbackRouterId: id });
  }

  #perform(effect: BgpSessionEffect): void {
    const { log } = this.#deps;
    switch (effect.kind) {
      case "connect":
        return this.#dial();
      case "abort-connect":
        return this.#connections.abortDial();
      case "send":
        return this.#connections.send(effect.connection, effect.bytes);
      case "close":
        return this.#connections.close(effect.connection);
      case "arm":
        return this.#arm(effect);
      case "disarm":
        return this.#session.disarm(timerName(effect));
      case "established":
        return this.#beginSession(effect.negotiated);
      case "down":
        return this.#endSession(effect.because);
      case "refresh":
        return this.#takeOfRib({ kind: "refresh", family: effect.family });
      case "transition":
        return this.#noteTransition(effect);
      case "notice":
        return log.note("sessionNotice", effect.because);
      case "stopped":
        return this.#stopped();
    }
  }

  #dial(): void {
    const { dial, obstacle } = this.#plan;
    if (dial === undefined || obstacle !== undefined)
      return this.#take({ kind: "connect-failed", because: obstacle?.because ?? "nobody knows where it is" });
    this.#connections.dial(dial);
  }

  #arm(effect: Extract<BgpSessionEffect, { readonly kind: "arm" }>): void {
    const { timer, connection, at } = effect;
    const input = { kind: "timer", timer, ...(connection !== undefined && { connection }) } as const;
    this.#session.arm(timerName(effect), at, input, (fired) => this.#take(fired));
  }

  #beginSession(negotiated: BgpNegotiated): void {
    this.#established = negotiated;
    this.#wasEstablished = true;
    this.#nextHops = this.#nextHopsNow();
    const { localAsn, internal, families, extendedNextHop, enhancedRouteRefresh } = negotiated;
    const session = { localAsn, internal, families, extendedNextHop, enhancedRouteRefresh };
    this.#takeOfRib({ kind: "established", session: { ...session, nextHops: this.#nextHops } });
    const { peerAsn, holdTimeSeconds } = negotiated;
    this.#deps.log.up({ asn: peerAsn, families, holdTimeSeconds });
    this.#deps.onRoutes();
  }

  #endSession(because: string): void {
    this.#established = undefined;
    this.#isSending = false;
    this.#takeOfRib({ kind: "down" });
    this.#tellSettled();
    this.#deps.log.down(because, { isMeant: this.#isStopping || this.#isConfiguring });
    this.#deps.onRoutes();
  }

  #noteTransition({ from, to, because }: Extract<BgpSessionEffect, { readonly kind: "transition" }>): void {
    const { log } = this.#deps;
    log.transition(from, to, because);
    const { lastError } = reportBgpSession(this.#session.state);
    // Who is stopped has not failed, whatever failed last.
    if (to !== "established" && lastError !== undefined && !this.#isStopping) log.failed(lastError);
    this.#deps.onChange();
  }

  #stopped(): void {
    this.#session.stop();
    this.#rib.stop();
    this.#connections.closeAll();
    this.#tellSettled();
    this.#onStopped();
  }

  #performOfRib(effect: RibOutEffect): void {
    switch (effect.kind) {
      case "send":
        this.#isSending = true;
        this.#take({ kind: "advertise", messages: effect.messages });
        return this.#deps.onRoutes();
      case "arm":
        return this.#rib.arm("timer", effect.at, { kind: "timer" }, (fired) => this.#takeOfRib(fired));
      case "settled":
        return this.#tellSettled();
    }
  }

  #tellSettled(): void {
    const waiting = this.#onSettled;
    this.#onSettled = [];
    for (const resolve of waiting) resolve();
  }

  #noteNextHops(): void {
    if (this.#established === undefined) return;
    const nextHops = this.#nextHopsNow();
    if (comparable(nextHops) === comparable(this.#nextHops)) return;
    this.#nextHops = nextHops;
    this.#takeOfRib({ kind: "next-hops", nextHops });
  }

  #nextHopsNow(): NextHops {
    const ends = this.#established && this.#connections.endsOf(this.#established.connection);
    return ends === undefined ? {} : nextHopsOf(ends, this.#host);
  }
}

function timerName({
  timer,
  connection,
}: Pick<Extract<BgpSessionEffect, { readonly kind: "disarm" }>, "timer" | "connection">): string {
  return [timer, connection].join(" ");
}
