import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { stepAnnouncer } from "../core/machines/announcer/step.ts";
import {
  type AnnouncementSnapshot,
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerTimer,
  initialAnnouncerState,
  type WorkerReport,
} from "../core/machines/announcer/types.ts";
import { type MulticastGroups } from "../ports/multicast-groups.ts";
import { type PacketSockets } from "../ports/packet-socket.ts";
import { type RouteNetlink } from "../ports/route-netlink.ts";
import { Coalescer } from "./coalescer.ts";
import { NetioSockets } from "./netio-sockets.ts";

export interface NetioAnnouncerDeps {
  readonly packetSockets: PacketSockets;
  readonly routeNetlink: RouteNetlink;
  readonly multicastGroups: MulticastGroups;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly onReport: (report: WorkerReport) => void;
}

/** The main thread compares whole reports, so only the newest of a burst is worth sending. */
const REPORT_INTERVAL: Millis = 20;

/** An effect that fails is an input again. A machine that does not come to rest would take the thread for itself. */
const MOST_INPUTS_IN_A_ROW = 10_000;

/**
 * Drives the announcer machine: everything that happens becomes an input, in order, and the effects of each step are
 * performed before the next one. Frames are answered inside the call that delivers them.
 */
export class NetioAnnouncer {
  readonly #deps: NetioAnnouncerDeps;
  readonly #sockets: NetioSockets;
  readonly #reports: Coalescer;
  readonly #timers = new Map<AnnouncerTimer, () => void>();
  readonly #queue: AnnouncerInput[] = [];
  #state = initialAnnouncerState;
  #report: WorkerReport | undefined;
  #draining = false;
  #stopped = false;
  #watch: { close(): void } | undefined;

  constructor(deps: NetioAnnouncerDeps) {
    this.#deps = deps;
    this.#sockets = new NetioSockets({
      packetSockets: deps.packetSockets,
      input: (input) => this.#take(input),
    });
    this.#reports = new Coalescer(
      { pauseMs: REPORT_INTERVAL, pausePerRunTime: 0 },
      { clock: deps.clock, run: () => this.#deliverReport() },
    );
  }

  start(): void {
    this.#watch = this.#deps.routeNetlink.watch(
      (links) => this.#take({ kind: "links", links }),
      (error) =>
        this.#deps.log.warn(
          { error: error.message },
          "watching the links of this host failed; starting anew",
        ),
    );
  }

  announce(snapshot: AnnouncementSnapshot): void {
    this.#take({ kind: "snapshot", snapshot });
  }

  /** From here on nothing is answered. Says nothing to the segment: whoever takes over will (reference metallb.md, 4.6). */
  stop(): void {
    this.#stopped = true;
    this.#watch?.close();
    this.#reports.stop();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#sockets.close();
    this.#deps.multicastGroups.close();
  }

  /** An input that comes up while effects are performed waits for its turn: a step sees the state all effects are based on. */
  #take(input: AnnouncerInput): void {
    if (this.#stopped) return;
    this.#queue.push(input);
    if (this.#draining) return;
    this.#draining = true;
    try {
      this.#drain();
    } finally {
      this.#draining = false;
    }
  }

  #drain(): void {
    for (let taken = 0; ; taken++) {
      const input = this.#queue.shift();
      if (input === undefined || this.#stopped) return;
      if (taken === MOST_INPUTS_IN_A_ROW)
        throw new Error(`the announcer does not come to rest (${input.kind})`);
      const { state, effects } = stepAnnouncer(this.#state, input, { now: this.#deps.clock.now() });
      this.#state = state;
      for (const effect of effects) this.#perform(effect);
    }
  }

  #perform(effect: AnnouncerEffect): void {
    switch (effect.kind) {
      case "open-socket":
      case "set-filter":
      case "close-socket":
      case "send":
        return this.#sockets.perform(effect);
      case "join-group":
      case "leave-group":
        return this.#changeGroup(effect);
      case "arm":
        return this.#arm(effect.timer, effect.at);
      case "transition":
        return this.#logTransition(effect);
      case "report":
        this.#report = effect.report;
        return this.#reports.request();
      default:
        return assertNever(effect);
    }
  }

  /** Without the membership most networks still deliver solicitations, so a refusal is a warning and not an end. */
  #changeGroup({
    kind,
    interfaceIndex,
    group,
  }: Extract<AnnouncerEffect, { kind: "join-group" | "leave-group" }>): void {
    const { multicastGroups, log } = this.#deps;
    try {
      if (kind === "join-group") multicastGroups.join(interfaceIndex, group);
      else multicastGroups.leave(interfaceIndex, group);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn(
        { interfaceIndex, group: formatIpAddress(group), error: why },
        `${kind} of a solicited-node group failed`,
      );
    }
  }

  #arm(timer: AnnouncerTimer, at: Instant): void {
    const { clock } = this.#deps;
    this.#timers.get(timer)?.();
    const cancel = clock.after(Math.max(0, at - clock.now()), () => {
      this.#timers.delete(timer);
      this.#take({ kind: "timer", timer });
    });
    this.#timers.set(timer, cancel);
  }

  #logTransition({
    address,
    to,
    interfaces,
    because,
  }: Extract<AnnouncerEffect, { kind: "transition" }>): void {
    const fields = { ip: formatIpAddress(address), interfaces, because };
    if (to === "unannounceable") this.#deps.log.warn(fields, "address cannot be announced from this node");
    else this.#deps.log.info(fields, `address ${to}`);
  }

  #deliverReport(): void {
    const report = this.#report;
    this.#report = undefined;
    if (report !== undefined) this.#deps.onReport(report);
  }
}
