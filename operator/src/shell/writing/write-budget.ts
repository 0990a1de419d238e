import { type Clock, type Millis } from "@steelyard/model/foundation";
import {
  type Allowance,
  fillBucket,
  fullBucket,
  type TokenBucket,
  waitForToken,
} from "../../core/token-bucket.ts";

export interface WriteBudgetOptions {
  readonly perObject: Allowance;
  /** Of all objects together; holds `perKnownObject` more for each object that is known, 0 unless said otherwise. */
  readonly total: Allowance & { readonly perKnownObject?: number };
}

/**
 * Enough for every honest reason to write, and far too little for a fight: two controllers that undo each other's
 * writes get six a minute after the first twenty instead of hundreds per second. All together may write everything twice
 * at once, so that a large cluster starts at the API server's own speed; what comes after that has to last.
 */
export const usualBudget: WriteBudgetOptions = {
  perObject: { burst: 20, perSecond: 0.1 },
  total: { burst: 500, perSecond: 100, perKnownObject: 2 },
};

const smallestSweep = 1024;

export interface WriteBudgetDeps {
  readonly clock: Clock;
  /** How many objects there are that may want to be written. */
  readonly knownObjects: () => number;
}

/**
 * Limits how often the operator writes, per object and altogether. It lies below all reconcilers, so that a mistake in
 * one of them cannot flood the API server either (users.md, section 2.3). Only what the server has carried out counts:
 * what ended in a conflict or a failure is given back, because those are answered by backoff and by the gate.
 */
export class WriteBudget {
  readonly #options: WriteBudgetOptions;
  readonly #deps: WriteBudgetDeps;
  readonly #objects = new Map<string, TokenBucket>();
  readonly #total: TokenBucket;
  #totalBurst: number;
  #sweepAt = smallestSweep;

  constructor(options: WriteBudgetOptions, deps: WriteBudgetDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#totalBurst = this.#burstNow();
    this.#total = fullBucket({ burst: this.#totalBurst }, deps.clock.now());
  }

  /** How many writes, of different objects, would be let through now. */
  get remaining(): number {
    this.#fillTotal(this.#deps.clock.now());
    return Math.floor(this.#total.tokens);
  }

  /**
   * Takes one write on the object out of the budget.
   *
   * @returns 0 = go ahead; otherwise nothing was taken, and this is how long to wait before asking again
   */
  take(object: string): Millis {
    const now = this.#deps.clock.now();
    const { perObject, total } = this.#options;
    const own = this.#objects.get(object) ?? fullBucket(perObject, now);
    fillBucket(own, perObject, now);
    this.#fillTotal(now);
    const wait = Math.max(waitForToken(own, perObject), waitForToken(this.#total, total));
    if (wait > 0) return wait;
    own.tokens -= 1;
    this.#total.tokens -= 1;
    this.#objects.set(object, own);
    this.#dropFullBuckets(now);
    return 0;
  }

  /** The write that was taken out has changed nothing on the server. */
  giveBack(object: string): void {
    const own = this.#objects.get(object);
    if (own !== undefined) own.tokens = Math.min(this.#options.perObject.burst, own.tokens + 1);
    this.#total.tokens = Math.min(this.#totalBurst, this.#total.tokens + 1);
  }

  #fillTotal(now: number): void {
    const burst = this.#burstNow();
    // Objects that have just become known bring their share with them: a thousand Services made at once are all honest.
    this.#total.tokens += Math.max(0, burst - this.#totalBurst);
    this.#totalBurst = burst;
    fillBucket(this.#total, { burst, perSecond: this.#options.total.perSecond }, now);
  }

  #burstNow(): number {
    const { burst, perKnownObject = 0 } = this.#options.total;
    return burst + perKnownObject * this.#deps.knownObjects();
  }

  /** A bucket that would be full again is as good as none. Swept now and then, so that the map follows the cluster. */
  #dropFullBuckets(now: number): void {
    if (this.#objects.size < this.#sweepAt) return;
    for (const [object, bucket] of this.#objects) {
      fillBucket(bucket, this.#options.perObject, now);
      if (bucket.tokens >= this.#options.perObject.burst) this.#objects.delete(object);
    }
    this.#sweepAt = Math.max(smallestSweep, 2 * this.#objects.size);
  }
}
