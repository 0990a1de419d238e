import { type Millis, type Random } from "@steelyard/model/foundation";

export interface BackoffOptions {
  /** The longest wait after the first failure. */
  readonly firstMs: Millis;
  /** The longest wait at all. */
  readonly longestMs: Millis;
}

/** A server that asks us to stay away longer than this is mistaken, or not the API server. */
const longestRetryAfter: Millis = 120_000;

/**
 * How long to wait after the n-th failure in a row: doubling, each wait drawn from the upper half of its span. The draw
 * keeps the programs of a thousand nodes from asking a recovering API server in step.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #failures = 0;

  constructor(options: BackoffOptions, deps: { random: Random }) {
    this.#options = options;
    this.#random = deps.random;
  }

  /** Failures since the last `reset`. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Counts a failure and says how long to wait: never less than the server asked for with Retry-After,
   * within reason.
   */
  next(retryAfterMs: Millis = 0): Millis {
    const span = Math.min(this.#options.longestMs, this.#options.firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    const drawn = Math.round(span * (0.5 + this.#random.fraction() / 2));
    return Math.max(drawn, Math.min(retryAfterMs, longestRetryAfter));
  }

  /** To be called when the other side has shown real progress, not when it merely let us connect. */
  reset(): void {
    this.#failures = 0;
  }
}
