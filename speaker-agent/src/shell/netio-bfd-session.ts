import type { LogSink } from "@steelyard/client";
import { formatIpAddress, type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { viewBfdSession } from "../core/machines/bfd-session/report.ts";
import { initialBfdSession, stepBfdSession } from "../core/machines/bfd-session/step.ts";
import {
  type BfdSessionConfig,
  type BfdSessionEffect,
  type BfdSessionInput,
  type BfdSessionState,
  type BfdTimer,
} from "../core/machines/bfd-session/types.ts";
import { type BfdControlPacket, encodeBfdPacket } from "../core/wire/bfd.ts";
import { decodeBfdEcho, encodeBfdEcho } from "../core/wire/bfd-echo.ts";
import { type BfdEcho, type BfdPacket, type BfdSender, type BfdSockets } from "../ports/bfd-sockets.ts";
import { type BfdChange, type BfdPeer, type BfdSessionReport } from "../ports/router-watch.ts";
import { type SocketError } from "../ports/socket-address.ts";
import { MachineRunner } from "./machine-runner.ts";

export interface NetioBfdSessionDeps {
  readonly sockets: BfdSockets;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** Runs it after everything has been read that waits in the sockets now. */
  readonly afterReading: (run: () => void) => void;
  readonly onChange: (change: BfdChange) => void;
  /** The report is another, not only by its counters. */
  readonly onReport: () => void;
  /** After `leave`: the router has been told long enough. */
  readonly onGone: () => void;
}

/** Where packets of a router arrived last: the way echo packets go. */
interface Arrival {
  readonly interfaceIndex: number;
  readonly local: IpAddress;
}

/** An interface that is not there yet, or an address: tried again as long as the session is wanted. */
const OPEN_AGAIN_AFTER: Millis = 1000;

/** Drives one BFD session: its machine, the socket it sends by, and its echo packets. */
export class NetioBfdSession {
  readonly discriminator: number;
  #peer: BfdPeer;
  readonly #deps: NetioBfdSessionDeps;
  readonly #runner: MachineRunner<BfdSessionState, BfdSessionInput, BfdSessionEffect>;
  readonly #timers = new Map<BfdTimer, () => void>();
  readonly #counters = { controlInput: 0, controlOutput: 0, echoInput: 0, echoOutput: 0 };
  #sender: BfdSender | undefined;
  #openAgainAt: Instant | undefined;
  #echo: (Arrival & { readonly socket: BfdEcho }) | undefined;
  #arrival: Arrival | undefined;
  #trouble: string | undefined;
  /** Of the router's last packet, if it was refused for that. */
  #refusedTtl: number | undefined;
  #leaving = false;
  /** Of the peer's interface or VRF, where it has one and it is there. */
  #interfaceIndex: number | undefined;

  constructor(
    { peer, discriminator }: { readonly peer: BfdPeer; readonly discriminator: number },
    deps: NetioBfdSessionDeps,
  ) {
    this.#peer = peer;
    this.discriminator = discriminator;
    this.#deps = deps;
    const { clock, random } = deps;
    this.#runner = new MachineRunner(
      {
        name: `BFD session with ${formatIpAddress(peer.remote)}`,
        initial: initialBfdSession(configOf(peer), discriminator),
        step: (state, input, { now }) => stepBfdSession(state, input, { now, random }),
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
  }

  get peer(): BfdPeer {
    return this.#peer;
  }

  start(): void {
    this.#take({ kind: "start" });
  }

  /** The same router, with another profile. */
  configure(peer: BfdPeer): void {
    this.#peer = peer;
    this.#take({ kind: "configure", config: configOf(peer) });
  }

  /** The index of the peer's interface or VRF; a socket on one that is gone reaches nobody. */
  moveTo(interfaceIndex: number | undefined): void {
    if (this.#interfaceIndex === interfaceIndex) return;
    this.#interfaceIndex = interfaceIndex;
    this.#closeSender();
  }

  receive(packet: BfdControlPacket, { interfaceIndex, local }: BfdPacket): void {
    this.#counters.controlInput += 1;
    this.#refusedTtl = undefined;
    this.#arrival = { interfaceIndex, local };
    this.#take({ kind: "received", packet });
  }

  /** A packet that has come further than the profile allows: BIRD, for one, sends with TTL 64 over several hops. */
  refuse(ttl: number): void {
    if (this.#refusedTtl === ttl) return;
    this.#refusedTtl = ttl;
    this.#deps.onReport();
  }

  /** Tells the router AdminDown for as long as it takes to be heard. */
  leave(): void {
    this.#leaving = true;
    this.#take({ kind: "stop" });
  }

  /** Tells the router AdminDown, without waiting for anything. */
  stop(): void {
    this.#take({ kind: "stop" });
    this.close();
  }

  close(): void {
    this.#runner.stop();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#closeSender();
    this.#echo?.socket.close();
    this.#echo = undefined;
  }

  report(): BfdSessionReport {
    const { ups, downs, because, ...view } = viewBfdSession(this.#runner.state);
    const troubles = view.state === "up" ? [] : [this.#trouble, this.#tooFar()];
    return {
      key: this.peer.key,
      ...view,
      because: [because, ...troubles].filter(Boolean).join("; "),
      counters: { ...this.#counters, ups, downs },
    };
  }

  #tooFar(): string | undefined {
    if (this.#refusedTtl === undefined) return undefined;
    const { minimumTtl } = this.peer.profile;
    return `its packets arrive with TTL ${this.#refusedTtl}, and the profile takes none below ${minimumTtl} (minimumTtl)`;
  }

  #take(input: BfdSessionInput): void {
    const before = this.#runner.state;
    this.#runner.take(input);
    const { state } = this.#runner;
    if (isAnotherReport(before, state)) this.#deps.onReport();
    if (this.#leaving && state.state === "admin-down" && state.remote === undefined) this.#deps.onGone();
  }

  #perform(effect: BfdSessionEffect): void {
    switch (effect.kind) {
      case "send":
        return this.#send(encodeBfdPacket(effect.packet));
      case "send-echo":
        return this.#sendEcho(effect.sequence);
      case "arm":
        return this.#arm(effect.timer, effect.at);
      case "disarm":
        return this.#disarm(effect.timer);
      case "changed":
        return this.#deps.onChange({ key: this.peer.key, ...effect.told });
      case "transition":
        return this.#log(effect);
      default:
        return assertNever(effect);
    }
  }

  #arm(timer: BfdTimer, at: Instant): void {
    const { clock, afterReading } = this.#deps;
    this.#disarm(timer);
    const input = { kind: "timer", timer } as const;
    const isJudgement = timer === "detect" || timer === "echo-detect";
    const ring = (): void => (isJudgement ? afterReading(() => this.#take(input)) : this.#take(input));
    this.#timers.set(timer, clock.after(Math.max(0, at - clock.now()), ring));
  }

  #disarm(timer: BfdTimer): void {
    this.#timers.get(timer)?.();
    this.#timers.delete(timer);
  }

  #send(bytes: Uint8Array): void {
    const sender = this.#openSender();
    if (sender === undefined) return;
    const error = sender.send(bytes);
    this.#note(error, "packets to it cannot be sent");
    if (error === undefined) this.#counters.controlOutput += 1;
  }

  #openSender(): BfdSender | undefined {
    const { sockets, clock } = this.#deps;
    if (this.#sender !== undefined) return this.#sender;
    if (this.#openAgainAt !== undefined && clock.now() < this.#openAgainAt) return undefined;
    const { multiHop, remote, interface: name, local, device } = this.peer;
    const hops = multiHop ? "multi-hop" : "single-hop";
    const opened = sockets.openSender({ hops, remote, interface: name, local, device });
    this.#openAgainAt = (clock.now() + OPEN_AGAIN_AFTER) as Instant;
    if (!opened.ok) return this.#note(opened.error, "no socket can be opened towards it");
    this.#sender = opened.value;
    return opened.value;
  }

  #closeSender(): void {
    this.#sender?.close();
    this.#sender = undefined;
    this.#openAgainAt = undefined;
  }

  #sendEcho(sequence: number): void {
    const error = this.#openEcho()?.send(encodeBfdEcho({ discriminator: this.discriminator, sequence }));
    if (error === undefined) this.#counters.echoOutput += 1;
  }

  /** On the way the router's packets come. */
  #openEcho(): BfdEcho | undefined {
    const arrival = this.#arrival;
    if (arrival === undefined) return undefined;
    if (this.#echo !== undefined && sameArrival(this.#echo, arrival)) return this.#echo.socket;
    this.#echo?.socket.close();
    this.#echo = undefined;
    const opened = this.#deps.sockets.openEcho({ ...arrival, remote: this.peer.remote }, (payload) =>
      this.#echoReturned(payload),
    );
    if (!opened.ok) return this.#note(opened.error, "no echo packets can be sent");
    this.#echo = { ...arrival, socket: opened.value };
    return opened.value;
  }

  #echoReturned(payload: Uint8Array): void {
    const echo = decodeBfdEcho(payload);
    if (echo?.discriminator !== this.discriminator) return;
    this.#counters.echoInput += 1;
    this.#take({ kind: "echo-returned", sequence: echo.sequence });
  }

  /** A kernel that refuses says so of every packet; one line is enough. */
  #note(error: SocketError | undefined, what: string): undefined {
    const trouble = error && `${what}: ${error.message}`;
    if (trouble === this.#trouble) return;
    this.#trouble = trouble;
    if (trouble !== undefined)
      this.#deps.log.warn({ peer: formatIpAddress(this.peer.remote), error: error?.message }, `BFD: ${what}`);
    this.#deps.onReport();
  }

  #log({ from, to, because }: Extract<BfdSessionEffect, { kind: "transition" }>): void {
    const level = from === "up" || to === "up" ? "info" : "debug";
    const { remote } = this.peer;
    this.#deps.log[level]({ peer: formatIpAddress(remote), from, to }, `BFD: ${because}`);
  }
}

function configOf({ remote, multiHop, profile }: BfdPeer): BfdSessionConfig {
  const mayEcho = profile.echoMode && !multiHop && remote.family === "IPv4";
  return {
    transmitInterval: profile.transmitIntervalMs,
    receiveInterval: profile.receiveIntervalMs,
    detectMultiplier: profile.detectMultiplier,
    passive: profile.passiveMode,
    echoInterval: mayEcho ? profile.echoIntervalMs : undefined,
  };
}

function sameArrival(a: Arrival, b: Arrival): boolean {
  return a.interfaceIndex === b.interfaceIndex && sameIpAddress(a.local, b.local);
}

function isAnotherReport(before: BfdSessionState, after: BfdSessionState): boolean {
  const [a, b] = [viewBfdSession(before), viewBfdSession(after)];
  return (
    a.state !== b.state ||
    a.because !== b.because ||
    a.transmitInterval !== b.transmitInterval ||
    a.detectTime !== b.detectTime
  );
}
