import { Backoff, pause } from "@steelyard/client";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";

/** How a pass went: everything is as it should be, or it has to be looked at again. */
export type PassOutcome =
  | { readonly kind: "done" }
  /** The other side is in trouble: nobody starts another pass before the backoff is over. */
  | { readonly kind: "retry"; readonly retryAfterMs: Millis | undefined }
  /** It will not work before something changes; look again after a while in case nobody tells. */
  | { readonly kind: "again"; readonly afterMs: Millis };

export interface LevelLoopOptions {
  /** The least time between two passes: a bound on what a flapping cause can make it write. */
  readonly pauseMs: Millis;
}

export interface LevelLoopDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Looks at everything and never throws. */
  readonly pass: (signal: AbortSignal) => Promise<PassOutcome>;
}

/**
 * Runs passes one at a time: at once when something is requested after a quiet time, once more for whatever was
 * requested meanwhile, with growing distance while the other side fails.
 */
export class LevelLoop {
  readonly #options: LevelLoopOptions;
  readonly #deps: LevelLoopDeps;
  readonly #backoff: Backoff;
  readonly #stopping = new AbortController();
  #requested = false;
  #running: Promise<void> | undefined;
  #cancelAgain: (() => void) | undefined;

  constructor(options: LevelLoopOptions, deps: LevelLoopDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#backoff = new Backoff({ firstMs: options.pauseMs, longestMs: 60_000 }, deps);
  }

  request(): void {
    this.#requested = true;
    this.#running ??= this.#run(this.#stopping.signal).finally(() => (this.#running = undefined));
  }

  /** Resolves when the pass under way has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#cancelAgain?.();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (this.#requested && !signal.aborted) {
      this.#requested = false;
      this.#cancelAgain?.();
      const outcome = await this.#deps.pass(signal);
      await pause(this.#delayAfter(outcome), signal, this.#deps.clock);
    }
  }

  #delayAfter(outcome: PassOutcome): Millis {
    const { pauseMs } = this.#options;
    if (outcome.kind === "retry") {
      this.#requested = true;
      return Math.max(pauseMs, this.#backoff.next(outcome.retryAfterMs));
    }
    this.#backoff.reset();
    if (outcome.kind === "again")
      this.#cancelAgain = this.#deps.clock.after(outcome.afterMs, () => this.request());
    return pauseMs;
  }
}
