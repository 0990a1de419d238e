import { type Clock, type Instant, type Millis } from "../foundation/index.ts";

interface Timer {
  readonly due: number;
  /** Timers that are due at the same time run in the order in which they were set. */
  readonly order: number;
  readonly run: () => void;
}

const DEFAULT_WALL_START = "2026-01-01T00:00:00.000Z";

/**
 * A clock that stands still until a test advances it. Timers run inside `advance`, in the order of their time, each at
 * exactly its own instant; a timer set by a timer runs in the same advance when it is due by then.
 */
export class ManualClock implements Clock {
  #now: number;
  #order = 0;
  readonly #wallOffset: number;
  readonly #timers = new Set<Timer>();

  constructor(options: { startMillis?: Millis; wallStart?: string } = {}) {
    this.#now = options.startMillis ?? 0;
    this.#wallOffset = Date.parse(options.wallStart ?? DEFAULT_WALL_START) - this.#now;
  }

  now(): Instant {
    return this.#now as Instant;
  }

  timestamp(): string {
    const text = new Date(this.#wallOffset + this.#now).toISOString();
    return text.replace("Z", "000Z");
  }

  after(delay: Millis, run: () => void): () => void {
    const timer: Timer = { due: this.#now + Math.max(0, delay), order: this.#order++, run };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that are set and have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.size;
  }

  /** How long until the next timer; undefined when none is set. */
  get untilNextTimer(): Millis | undefined {
    const next = this.#nextTimer();
    return next && next.due - this.#now;
  }

  advance(millis: Millis): void {
    const target = this.#now + millis;
    for (let timer = this.#nextTimer(); timer && timer.due <= target; timer = this.#nextTimer()) {
      this.#timers.delete(timer);
      this.#now = timer.due;
      timer.run();
    }
    this.#now = target;
  }

  #nextTimer(): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!next || timer.due < next.due || (timer.due === next.due && timer.order < next.order)) next = timer;
    }
    return next;
  }
}
