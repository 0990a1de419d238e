import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";

export interface CoalescerOptions {
  /** The least time between the end of one run and the start of the next. */
  readonly pauseMs: Millis;
  /** A run that took longer than that is followed by a pause in proportion, so that a storm of changes leaves CPU. */
  readonly pausePerRunTime: number;
  /** However long a run took, the pause after it does not become longer than this. */
  readonly longestPauseMs?: Millis;
}

/**
 * Turns any number of "something has changed" into few runs: the first after a quiet time comes at once, what arrives
 * meanwhile is served by one more. Nothing is lost, because a run looks at everything.
 */
export class Coalescer {
  readonly #options: CoalescerOptions;
  readonly #clock: Clock;
  readonly #run: () => void;
  #cancel: (() => void) | undefined;
  #earliest: Instant;
  #waitingSince: Instant | undefined;
  #running = false;
  #stopped = false;

  constructor(options: CoalescerOptions, deps: { clock: Clock; run: () => void }) {
    this.#options = options;
    this.#clock = deps.clock;
    this.#run = deps.run;
    this.#earliest = deps.clock.now();
  }

  /** Since when a change waits to be looked at; undefined = none does. The measure of a main loop that hangs. */
  get waitingSince(): Instant | undefined {
    return this.#waitingSince;
  }

  request(): void {
    if (this.#stopped || this.#waitingSince !== undefined) return;
    this.#waitingSince = this.#clock.now();
    // During a run nobody knows yet how long the pause after it has to be.
    if (!this.#running) this.#arm(this.#waitingSince);
  }

  #arm(now: Instant): void {
    this.#cancel = this.#clock.after(Math.max(0, this.#earliest - now), () => this.#fire());
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#waitingSince = undefined;
  }

  #fire(): void {
    // Cleared first: a change that comes in during the run is a request for the next one.
    this.#waitingSince = undefined;
    this.#running = true;
    const started = this.#clock.now();
    try {
      this.#run();
    } finally {
      const ended = this.#clock.now();
      this.#earliest = (ended + this.#pauseAfter(ended - started)) as Instant;
      this.#running = false;
      if (this.#waitingSince !== undefined) this.#arm(ended);
    }
  }

  #pauseAfter(runTime: Millis): Millis {
    const { pauseMs, pausePerRunTime, longestPauseMs = Infinity } = this.#options;
    return Math.max(pauseMs, Math.min(longestPauseMs, runTime * pausePerRunTime));
  }
}
