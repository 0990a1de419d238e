import type { LogSink } from "@steelyard/client";
import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { stepAnnouncer } from "../core/machines/announcer/step.ts";
import {
  type AnnouncementSnapshot,
  type AnnouncerConfig,
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerReport,
  type AnnouncerState,
  initialAnnouncerState,
  type KernelAnswer,
  type Observation,
  type Peer,
} from "../core/machines/announcer/types.ts";
import { type MulticastGroups } from "../ports/multicast-groups.ts";
import { type PacketSockets } from "../ports/packet-socket.ts";
import { Coalescer } from "./coalescer.ts";
import { MachineRunner } from "./machine-runner.ts";
import { NetioSockets } from "./netio-sockets.ts";

export interface NetioAnnouncerDeps {
  readonly packetSockets: PacketSockets;
  readonly multicastGroups: MulticastGroups;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  readonly onReport: (report: AnnouncerReport) => void;
  /** Another host claims one of the addresses. Called within the step that heard it. */
  readonly onObserved: (observation: Observation) => void;
}

/** The main thread compares whole reports, so only the newest of a burst is worth sending. */
const REPORT_INTERVAL: Millis = 20;

/** Drives the announcer machine. Frames are answered inside the call that delivers them. */
export class NetioAnnouncer {
  readonly #deps: NetioAnnouncerDeps;
  readonly #sockets: NetioSockets;
  readonly #reports: Coalescer;
  readonly #runner: MachineRunner<AnnouncerState, AnnouncerInput, AnnouncerEffect>;
  #report: AnnouncerReport | undefined;

  constructor(config: AnnouncerConfig, deps: NetioAnnouncerDeps) {
    const { clock, packetSockets, random } = deps;
    this.#deps = deps;
    this.#runner = new MachineRunner(
      {
        name: "announcer",
        initial: initialAnnouncerState,
        step: (state, input, { now }) => stepAnnouncer(state, input, { now, random, config }),
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
    this.#sockets = new NetioSockets({ packetSockets, input: (input) => this.#runner.take(input) });
    this.#reports = new Coalescer(
      { pauseMs: REPORT_INTERVAL, pausePerRunTime: 0 },
      { clock, run: () => this.#deliverReport() },
    );
  }

  updateLinks(links: readonly Link[]): void {
    this.#runner.take({ kind: "links", links });
  }

  updatePeers(peers: readonly Peer[]): void {
    this.#runner.take({ kind: "peers", peers });
  }

  announce(snapshot: AnnouncementSnapshot): void {
    this.#runner.take({ kind: "snapshot", snapshot });
  }

  /** Where the kernel answers for addresses that are bound, so that nobody answers twice. */
  leaveToKernel(answers: readonly KernelAnswer[]): void {
    this.#runner.take({ kind: "kernel-answers", answers });
  }

  announceAgain(addresses: readonly IpAddress[]): void {
    this.#runner.take({ kind: "announce-again", addresses });
  }

  /** From here on nothing is answered. Says nothing to the segment: whoever takes over will (reference metallb.md, 4.6). */
  stop(): void {
    this.#runner.stop();
    this.#reports.stop();
    this.#sockets.close();
    this.#deps.multicastGroups.close();
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
        return this.#runner.arm(effect.timer, effect.at, { kind: "timer", timer: effect.timer });
      case "observed":
        return this.#deps.onObserved(effect);
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

  #logTransition({
    address,
    to,
    interfaces,
    because,
  }: Extract<AnnouncerEffect, { kind: "transition" }>): void {
    const fields = { ip: formatIpAddress(address), interfaces, because };
    if (to === "unannounceable") this.#deps.log.warn(fields, "address cannot be announced from this node");
    else if (to === "held") this.#deps.log.warn(fields, "address is held by a foreign host; not announced");
    else this.#deps.log.info(fields, `address ${to}`);
  }

  #deliverReport(): void {
    const report = this.#report;
    this.#report = undefined;
    if (report !== undefined) this.#deps.onReport(report);
  }
}
