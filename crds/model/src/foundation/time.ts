import { type Brand } from "./brand.ts";

/** A length of time in milliseconds. */
export type Millis = number;

/** A point on the program's monotonic clock, in milliseconds; comparable only with instants of the same process. */
export type Instant = Brand<number, "Instant">;

/** The one source of time of a program (architecture, rule 4). */
export interface Clock {
  /** Monotonic: never goes back, does not follow changes of the wall clock. */
  now(): Instant;
  /** The wall clock as RFC 3339 text in UTC with microseconds, the form of Kubernetes' MicroTime. */
  timestamp(): string;
  /** Calls `run` once, when `now` has moved on by `delay` or a little more; the returned function cancels it. */
  after(delay: Millis, run: () => void): () => void;
}

/** The one source of randomness of a program. */
export interface Random {
  /** A number in [0, 1). */
  fraction(): number;
}

export function instantAfter(instant: Instant, delay: Millis): Instant {
  return (instant + delay) as Instant;
}
