import { type Clock, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";

export interface TokenBucketOptions {
  /** How much may come at once. */
  readonly burst: number;
  /** One more becomes available every so often. */
  readonly refillMs: Millis;
}

/** A budget per key: what is refused here is noise, because the same key has spoken often and lately. */
export class TokenBuckets {
  readonly #options: TokenBucketOptions;
  readonly #clock: Clock;
  /** When the bucket will be full again; a key that is absent has a full one. */
  readonly #fullAt = new Map<string, Instant>();
  #sweepAt: Instant;

  constructor(options: TokenBucketOptions, deps: { clock: Clock }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#sweepAt = deps.clock.now();
  }

  take(key: string): boolean {
    const now = this.#clock.now();
    this.#forgetFullOnes(now);
    const { burst, refillMs } = this.#options;
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now) + refillMs;
    if (fullAt - now > burst * refillMs) return false;
    this.#fullAt.set(key, fullAt as Instant);
    return true;
  }

  /** Now and then: to look at all keys for each of ten thousand at a start would hold up the main loop. */
  #forgetFullOnes(now: Instant): void {
    if (now < this.#sweepAt) return;
    this.#sweepAt = instantAfter(now, this.#options.refillMs);
    for (const [key, fullAt] of this.#fullAt) if (fullAt <= now) this.#fullAt.delete(key);
  }
}
