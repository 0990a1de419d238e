import { type Millis } from "@steelyard/model/foundation";

/** A bucket holds `burst` tokens and is filled again with `perSecond`. */
export interface Allowance {
  readonly burst: number;
  readonly perSecond: number;
}

export interface TokenBucket {
  tokens: number;
  /** When `tokens` was true. */
  at: number;
}

export function fullBucket({ burst }: Pick<Allowance, "burst">, now: number): TokenBucket {
  return { tokens: burst, at: now };
}

/** Brings the bucket up to `now`; it is changed in place, because there is one for every object that is written. */
export function fillBucket(bucket: TokenBucket, { burst, perSecond }: Allowance, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
}

/** How long until a bucket that is up to date has a whole token; 0 = it has one. */
export function waitForToken({ tokens }: TokenBucket, { perSecond }: Pick<Allowance, "perSecond">): Millis {
  return tokens >= 1 ? 0 : Math.ceil(((1 - tokens) / perSecond) * 1000);
}
