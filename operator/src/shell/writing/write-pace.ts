import { type Clock, type Millis } from "@steelyard/model/foundation";

/** Keeps writes of the same object apart, so that a burst of changes is written a few times and not once for each. */
export class WritePace {
  readonly #apartMs: Millis;
  readonly #clock: Pick<Clock, "now">;
  readonly #lastWritten = new Map<string, number>();

  /** `apartMs`: from one write to the next. */
  constructor(apartMs: Millis, deps: { readonly clock: Pick<Clock, "now"> }) {
    this.#apartMs = apartMs;
    this.#clock = deps.clock;
  }

  /** How long the object must still be left alone; 0 when it may be written. */
  waitMs(key: string): Millis {
    const last = this.#lastWritten.get(key);
    return last === undefined ? 0 : Math.max(0, last + this.#apartMs - this.#clock.now());
  }

  note(key: string): void {
    this.#lastWritten.set(key, this.#clock.now());
  }

  forget(key: string): void {
    this.#lastWritten.delete(key);
  }
}
