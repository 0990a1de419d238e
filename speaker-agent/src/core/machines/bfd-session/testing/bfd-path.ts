import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import { type BfdControlPacket, decodeBfdPacket, encodeBfdPacket } from "../../../wire/bfd.ts";
import { initialBfdSession, stepBfdSession } from "../step.ts";
import {
  type BfdSessionConfig,
  type BfdSessionEffect,
  type BfdSessionInput,
  type BfdSessionState,
  type BfdTimer,
  type BfdTold,
} from "../types.ts";

/** MetalLB's defaults. */
export const usualConfig: BfdSessionConfig = {
  transmitInterval: 300,
  receiveInterval: 300,
  detectMultiplier: 3,
  passive: false,
  echoInterval: undefined,
};

export interface SentPacket {
  readonly at: Millis;
  readonly packet: BfdControlPacket;
}

/** One end of the path: a machine with its timers, and a clock that has its own zero. */
export class BfdEnd {
  state: BfdSessionState;
  readonly sent: SentPacket[] = [];
  readonly told: (BfdTold & { readonly at: Millis })[] = [];
  readonly transitions: string[] = [];
  /** In the path's time. */
  readonly timers = new Map<BfdTimer, Millis>();
  echoes = 0;
  readonly name: "near" | "far";
  readonly clockOffset: Millis;

  constructor(
    name: "near" | "far",
    discriminator: number,
    config: Partial<BfdSessionConfig>,
    clockOffset: Millis,
  ) {
    this.name = name;
    this.clockOffset = clockOffset;
    this.state = initialBfdSession({ ...usualConfig, ...config }, discriminator);
  }
}

/** What a path does to packets. */
export interface PathWeather {
  /** 0–1. */
  loss: number;
  /** Between these. */
  delay: readonly [Millis, Millis];
  /** Whether anything passes, by who sends it. */
  passes: Readonly<Record<"near" | "far", boolean>>;
  /** Whether an end returns the echo packets of the other. */
  returnsEcho: Readonly<Record<"near" | "far", boolean>>;
}

interface Event {
  readonly at: Millis;
  readonly run: () => void;
}

/** Two machines and what is between them, in virtual time. */
export class BfdPath {
  readonly near: BfdEnd;
  readonly far: BfdEnd;
  now: Millis = 0;
  readonly weather: PathWeather = {
    loss: 0,
    delay: [1, 1],
    passes: { near: true, far: true },
    returnsEcho: { near: true, far: true },
  };
  readonly #random: Random;
  readonly #underWay: Event[] = [];
  /** By who sends. */
  readonly #lastArrival = { near: 0, far: 0 };

  constructor(near: Partial<BfdSessionConfig> = {}, far: Partial<BfdSessionConfig> = {}, seed = 1) {
    this.#random = seededRandom(seed);
    this.near = new BfdEnd("near", 11, near, 1_000_000);
    this.far = new BfdEnd("far", 22, far, 5);
  }

  start(): this {
    this.input(this.near, { kind: "start" });
    this.input(this.far, { kind: "start" });
    return this;
  }

  input(end: BfdEnd, input: BfdSessionInput): void {
    const now = (this.now + end.clockOffset) as Instant;
    const { state, effects } = stepBfdSession(end.state, input, { now, random: this.#random });
    end.state = state;
    for (const effect of effects) this.#perform(end, effect);
  }

  configure(end: BfdEnd, change: Partial<BfdSessionConfig>): void {
    this.input(end, { kind: "configure", config: { ...end.state.config, ...change } });
  }

  cut(): void {
    this.weather.passes = { near: false, far: false };
  }

  run(millis: Millis): this {
    const end = this.now + millis;
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.now = next.at;
      next.run();
    }
    this.now = end;
    return this;
  }

  get states(): readonly string[] {
    return [this.near.state.state, this.far.state.state];
  }

  #next(end: Millis): Event | undefined {
    const events = [...this.#underWay, ...this.#alarms(this.near), ...this.#alarms(this.far)];
    const [first] = events.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
    const index = first === undefined ? -1 : this.#underWay.indexOf(first);
    if (index >= 0) this.#underWay.splice(index, 1);
    return first;
  }

  #alarms(end: BfdEnd): readonly Event[] {
    return [...end.timers].map(([timer, at]) => ({
      at: Math.max(at, this.now),
      run: () => {
        end.timers.delete(timer);
        this.input(end, { kind: "timer", timer });
      },
    }));
  }

  #perform(end: BfdEnd, effect: BfdSessionEffect): void {
    switch (effect.kind) {
      case "send":
        end.sent.push({ at: this.now, packet: effect.packet });
        return this.#carry(end, effect.packet);
      case "send-echo":
        end.echoes += 1;
        return this.#carryEcho(end, effect.sequence);
      case "arm":
        end.timers.set(effect.timer, effect.at - end.clockOffset);
        return;
      case "disarm":
        end.timers.delete(effect.timer);
        return;
      case "changed":
        end.told.push({ ...effect.told, at: this.now });
        return;
      case "transition":
        end.transitions.push(`${effect.from} → ${effect.to}: ${effect.because}`);
    }
  }

  #carry(from: BfdEnd, packet: BfdControlPacket): void {
    const to = from === this.near ? this.far : this.near;
    const decoded = decodeBfdPacket(encodeBfdPacket(packet));
    if (!decoded.ok) throw new Error(`${from.name} has sent what nobody takes: ${decoded.error.message}`);
    if (!this.#passes(from)) return;
    // As the driver does: whom a packet names has to be us.
    if (packet.yourDiscriminator !== 0 && packet.yourDiscriminator !== to.state.discriminator) return;
    this.#later(from, () => this.input(to, { kind: "received", packet: decoded.value }));
  }

  #carryEcho(from: BfdEnd, sequence: number): void {
    const by = from === this.near ? this.far : this.near;
    if (!this.weather.returnsEcho[by.name] || !this.#passes(this.near) || !this.#passes(this.far)) return;
    this.#later(by, () => this.input(from, { kind: "echo-returned", sequence }));
  }

  #passes({ name }: BfdEnd): boolean {
    const { passes, loss } = this.weather;
    return passes[name] && this.#random.fraction() >= loss;
  }

  /** In order: a segment does not let packets overtake each other. */
  #later({ name }: BfdEnd, run: () => void): void {
    const [least, most] = this.weather.delay;
    const arrival = this.now + least + (most - least) * this.#random.fraction();
    const at = Math.max(arrival, this.#lastArrival[name]);
    this.#lastArrival[name] = at;
    this.#underWay.push({ at, run });
  }
}
