import { type Clock, type Millis } from "@steelyard/model/foundation";

/** A bucket holds `burst` writes and is filled again with `perSecond`. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

export interface WriteBudgetOptions {
  readonly perObject: Allowance;
  readonly total: Allowance;
}

/**
 * Enough for every honest reason to write, and far too little for a fight: two controllers that undo each other's
 * writes get one write in 2 s after the first twenty instead of hundreds per second.
 */
export const usualBudget: WriteBudgetOptions = {
  perObject: { burst: 20, perSecond: 0.5 },
  total: { burst: 500, perSecond: 200 },
};

const smallestSweep = 1024;

interface Bucket {
  tokens: number;
  /** When `tokens` was true. */
  at: number;
}

/**
 * Limits how often the operator writes, per object and altogether. It lies below all reconcilers, so that a mistake in
 * one of them cannot flood the API server either (users.md, section 2.3).
 */
export class WriteBudget {
  readonly #options: WriteBudgetOptions;
  readonly #clock: Clock;
  readonly #objects = new Map<string, Bucket>();
  readonly #total: Bucket;
  #sweepAt = smallestSweep;

  constructor(options: WriteBudgetOptions, deps: { readonly clock: Clock }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#total = { tokens: options.total.burst, at: deps.clock.now() };
  }

  /**
   * Takes one write on the object out of the budget.
   *
   * @returns 0 = go ahead; otherwise nothing was taken, and this is how long to wait before asking again
   */
  take(object: string): Millis {
    const now = this.#clock.now();
    const { perObject, total } = this.#options;
    const own = this.#objects.get(object) ?? { tokens: perObject.burst, at: now };
    fill(own, perObject, now);
    fill(this.#total, total, now);
    const wait = Math.max(waitFor(own, perObject), waitFor(this.#total, total));
    if (wait > 0) return wait;
    own.tokens -= 1;
    this.#total.tokens -= 1;
    this.#objects.set(object, own);
    this.#dropFullBuckets(now);
    return 0;
  }

  /** A bucket that would be full again is as good as none. Swept now and then, so that the map follows the cluster. */
  #dropFullBuckets(now: number): void {
    if (this.#objects.size < this.#sweepAt) return;
    for (const [object, bucket] of this.#objects) {
      fill(bucket, this.#options.perObject, now);
      if (bucket.tokens >= this.#options.perObject.burst) this.#objects.delete(object);
    }
    this.#sweepAt = Math.max(smallestSweep, 2 * this.#objects.size);
  }
}

function fill(bucket: Bucket, { burst, perSecond }: Allowance, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
}

function waitFor({ tokens }: Bucket, { perSecond }: Allowance): Millis {
  return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
}
