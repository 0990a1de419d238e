import { assertNever, type Clock, type Millis } from "@steelyard/model/foundation";
import {
  type GateEffect,
  type GateInput,
  type GateState,
  openGate,
  type ShutBecause,
  stepGate,
} from "../../core/api-gate/index.ts";
import { type Log } from "../../ports/log.ts";

/** Those who wait for the gate. */
export interface GateListener {
  /** One of those who wait should try. */
  wakeOne(): void;
  /** All of them, and whoever sits out a failure. */
  wakeAll(): void;
}

export interface ApiGateDeps {
  readonly clock: Clock;
  readonly log: Log;
}

/** Drives the machine of core/api-gate: its timer, its log lines, and those whom it wakes. */
export class ApiGate {
  readonly #deps: ApiGateDeps;
  #state: GateState = openGate;
  #listener: GateListener | undefined;
  #cancelTimer = (): void => {};
  #closings = 0;
  /** It is shut again and again, which was said when it began. */
  #isRelapsing = false;

  constructor(deps: ApiGateDeps) {
    this.#deps = deps;
  }

  get isOpen(): boolean {
    return this.#state.at === "open";
  }

  /** How often it was shut. */
  get closings(): number {
    return this.#closings;
  }

  /** Whether a write may go to the API server now; whoever asked and may has to `note` what became of it. */
  mayPass(): boolean {
    return this.#take({ is: "ask" }).some((effect) => effect.do === "letThrough");
  }

  note(result: "answered" | "abandoned"): void {
    this.#take({ is: result });
  }

  noteConflict(object: string): void {
    this.#take({ is: "conflict", object });
  }

  noteFailure(object: string, retryAfterMs: Millis = 0): void {
    this.#take({ is: "failed", object, retryAfterMs });
  }

  /**
   * Begins anew, for the writes of one term: what the term before has met may be long over. Returns what lets go of the
   * listener and of the timer.
   */
  attach(listener: GateListener): () => void {
    this.#listener = listener;
    this.#state = openGate;
    return () => {
      this.#listener = undefined;
      this.#cancelTimer();
      // Whoever stands by knows nothing of what the API server takes.
      this.#state = openGate;
    };
  }

  #take(input: GateInput): readonly GateEffect[] {
    const { state, effects } = stepGate(this.#state, input);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    return effects;
  }

  #perform(effect: GateEffect): void {
    switch (effect.do) {
      case "letThrough":
      case "putOff":
        return; // The answer to whoever asked.
      case "armTimer":
        return this.#arm(effect.afterMs);
      case "disarmTimer":
        return this.#cancelTimer();
      case "wakeOne":
        return this.#listener?.wakeOne();
      case "wakeAll":
        return this.#listener?.wakeAll();
      case "report":
        return this.#report(effect.change, effect.because);
      case "reportRelapse":
        return this.#reportRelapse();
      default:
        return assertNever(effect);
    }
  }

  #arm(afterMs: Millis): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#deps.clock.after(afterMs, () => this.#take({ is: "timer" }));
  }

  #report(change: "shut" | "opened", because: ShutBecause): void {
    const { log } = this.#deps;
    if (change === "opened") {
      return log[this.#isRelapsing ? "debug" : "info"]({ because }, "the API server takes writes again");
    }
    this.#closings += 1;
    this.#isRelapsing = false;
    const sentence =
      because === "failures"
        ? "the API server takes no writes; they wait, and one at a time tries"
        : "the API server answers every write with a conflict; they wait, and one at a time tries";
    log.warn({ because }, sentence);
  }

  /** One warning says what twenty a minute would. */
  #reportRelapse(): void {
    this.#closings += 1;
    const level = this.#isRelapsing ? "debug" : "warn";
    this.#isRelapsing = true;
    this.#deps.log[level](
      {},
      "the API server takes some writes and not others; between them all have to wait",
    );
  }
}
