import { type Instant, instantAfter, type Random } from "@steelyard/model/foundation";
import { decodeBgpMessage } from "../../../wire/bgp/codec.ts";
import { splitBgpStream } from "../../../wire/bgp/framing.ts";
import { type BgpReceived, type BgpMessage } from "../../../wire/bgp/messages.ts";
import { reportBgpSession } from "../report.ts";
import { initialBgpSession, stepBgpSession } from "../step.ts";
import {
  type BgpSessionConfig,
  type BgpSessionEffect,
  type BgpSessionInput,
  type BgpSessionReport,
  type BgpSessionState,
  type BgpTimer,
} from "../types.ts";
import { bytesOf, config as usual } from "./router-messages.ts";

/** Jitter in the middle: a wait of 1 s is one of 875 ms. */
export const middle: Random = { fraction: () => 0.5 };

type EffectOf<Kind extends BgpSessionEffect["kind"]> = Extract<BgpSessionEffect, { kind: Kind }>;

export interface ArmedTimer {
  readonly timer: BgpTimer;
  readonly connection: number | undefined;
  readonly at: Instant;
}

/** One machine with its clock and timers; what it does is collected. */
export class SessionDriver {
  state: BgpSessionState;
  now = 0 as Instant;
  restarting = false;
  readonly armed = new Map<string, ArmedTimer>();
  /** Everything since `take`. */
  #effects: BgpSessionEffect[] = [];
  readonly #random: Random;

  constructor(config: Partial<BgpSessionConfig> = {}, random = middle) {
    this.state = initialBgpSession({ ...usual, ...config });
    this.#random = random;
  }

  get report(): BgpSessionReport {
    return reportBgpSession(this.state);
  }

  give(...inputs: readonly BgpSessionInput[]): this {
    for (const input of inputs) this.step(input);
    return this;
  }

  step(input: BgpSessionInput): readonly BgpSessionEffect[] {
    const { now, restarting } = this;
    const { state, effects } = stepBgpSession(this.state, input, { now, restarting, random: this.#random });
    this.state = state;
    for (const effect of effects) this.#keepTimer(effect);
    this.#effects.push(...effects);
    return effects;
  }

  /** Messages of the router on a connection. */
  hear(connection: number, ...messages: readonly BgpMessage[]): this {
    return this.give({ kind: "received", connection, bytes: bytesOf(...messages) });
  }

  /** A dialled connection stands, or one comes in. */
  connected(connection: number, inbound = false): this {
    return this.give({ kind: "connected", connection, inbound, fallbackRouterId: 1 });
  }

  /** Lets time pass; timers fire on time. */
  pass(millis: number): this {
    const until = instantAfter(this.now, millis);
    for (let due = this.nextTimer(); due !== undefined && due.at <= until; due = this.nextTimer())
      this.fire(due);
    this.now = until;
    return this;
  }

  nextTimer(): ArmedTimer | undefined {
    return [...this.armed.values()].reduce<ArmedTimer | undefined>(
      (first, one) => (first === undefined || one.at < first.at ? one : first),
      undefined,
    );
  }

  fire({ timer, connection, at }: ArmedTimer): readonly BgpSessionEffect[] {
    this.now = Math.max(this.now, at) as Instant;
    this.armed.delete(keyOf({ timer, connection }));
    return this.step({ kind: "timer", timer, ...(connection !== undefined && { connection }) });
  }

  /** What has happened since it was asked last. */
  take(): readonly BgpSessionEffect[] {
    return this.#effects.splice(0);
  }

  of<Kind extends BgpSessionEffect["kind"]>(kind: Kind): readonly EffectOf<Kind>[] {
    return this.take().filter((effect): effect is EffectOf<Kind> => effect.kind === kind);
  }

  /** Messages sent since it was asked last. */
  sent(): readonly BgpReceived["message"][] {
    return this.of("send").flatMap(({ bytes }) => messagesOf(bytes));
  }

  #keepTimer(effect: BgpSessionEffect): void {
    if (effect.kind === "disarm") this.armed.delete(keyOf(effect));
    if (effect.kind !== "arm") return;
    const { timer, connection, at } = effect;
    this.armed.set(keyOf(effect), { timer, connection, at });
  }
}

function keyOf({ timer, connection }: { timer: BgpTimer; connection?: number | undefined }): string {
  return `${timer}/${connection ?? ""}`;
}

/** Whole messages from bytes that the machine sent itself. */
export function messagesOf(bytes: Uint8Array): readonly BgpReceived["message"][] {
  return splitBgpStream(new Uint8Array(0), bytes).messages.map((message) => {
    const decoded = decodeBgpMessage(message, { fourByteAsn: true });
    if (!decoded.ok) throw new Error(decoded.error.message);
    return decoded.value.message;
  });
}
