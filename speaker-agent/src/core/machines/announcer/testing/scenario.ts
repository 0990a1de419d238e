import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { stepAnnouncer } from "../step.ts";
import {
  type AnnouncerEffect,
  type AnnouncerInput,
  type AnnouncerState,
  type AnnouncerTimer,
  initialAnnouncerState,
} from "../types.ts";
import { playBlocks } from "../../testing/scenario-files.ts";
import { config, random } from "./drive.ts";
import { describeEffect } from "./scenario-effects.ts";
import { parseScenarioLine, ScenarioNames, type SocketRefusal } from "./scenario-inputs.ts";

/**
 * Runs a scenario and gives it back with the effects that really came out. The text is made of blocks, separated by
 * empty lines: comments, then inputs, then `----`, then all effects in order. `wait` lets time pass and timers fire.
 */
export function runScenario(text: string): string {
  const world = new ScenarioWorld();
  return playBlocks(text, (line) => world.play(line));
}

/** The machine with everything around it: clock, timers, and a kernel that opens sockets unless told to refuse. */
class ScenarioWorld {
  readonly #names = new ScenarioNames();
  readonly #armed = new Map<AnnouncerTimer, Instant>();
  /** By interface, protocol and phase. */
  readonly #refusals = new Map<string, SocketRefusal>();
  #state: AnnouncerState = initialAnnouncerState;
  #now = 0 as Instant;
  #refreshInterval = 0;

  play(line: string): readonly string[] {
    const parsed = parseScenarioLine(line, this.#names);
    switch (parsed.kind) {
      case "wait":
        return this.#wait(parsed.millis);
      case "refuse":
        this.#refusals.set(refusalKey(parsed.error), parsed.error);
        return [];
      case "refresh":
        this.#refreshInterval = parsed.millis;
        return [];
      case "allow":
        this.#refusals.clear();
        return [];
      default:
        return this.#step(parsed);
    }
  }

  #wait(millis: number): readonly string[] {
    const until = instantAfter(this.#now, millis);
    const lines: string[] = [];
    for (let due = this.#nextTimer(until); due !== undefined; due = this.#nextTimer(until)) {
      this.#now = due.at;
      this.#armed.delete(due.timer);
      lines.push(`at ${due.at}ms ${due.timer}`);
      lines.push(...this.#step({ kind: "timer", timer: due.timer }).map((effect) => `  ${effect}`));
    }
    this.#now = until;
    return lines;
  }

  #nextTimer(until: Instant): { timer: AnnouncerTimer; at: Instant } | undefined {
    const due = [...this.#armed].filter(([, at]) => at <= until).sort(([, left], [, right]) => left - right);
    const [first] = due;
    return first && { timer: first[0], at: first[1] };
  }

  /** Performs all effects of the step, then gives the kernel's answers back as inputs, as the shell does. */
  #step(input: AnnouncerInput): readonly string[] {
    const { state, effects } = stepAnnouncer(this.#state, input, {
      now: this.#now,
      random,
      config: { ...config, refreshInterval: this.#refreshInterval },
    });
    this.#state = state;
    for (const effect of effects) if (effect.kind === "arm") this.#armed.set(effect.timer, effect.at);
    const lines = effects.flatMap((effect) => describeEffect(effect, this.#now, this.#names));
    return [...lines, ...effects.flatMap((effect) => this.#answer(effect))];
  }

  #answer(effect: AnnouncerEffect): readonly string[] {
    if (effect.kind !== "open-socket" && effect.kind !== "set-filter") return [];
    const { interfaceIndex, protocol } = effect;
    const during = effect.kind === "open-socket" ? "open" : "filter";
    const refusal = this.#refusals.get(refusalKey({ interfaceIndex, protocol, during }));
    if (refusal !== undefined) return [`refused: ${refusal.code}`, ...this.#step(refusal)];
    return during === "open" ? this.#step({ kind: "socket-opened", interfaceIndex, protocol }) : [];
  }
}

function refusalKey({
  interfaceIndex,
  protocol,
  during,
}: Omit<SocketRefusal, "kind" | "code" | "verdict">): string {
  return `${interfaceIndex}/${protocol}/${during}`;
}
