import { type Millis } from "@steelyard/model/foundation";
import { ManualClock } from "@steelyard/model/testing";

interface Waiter {
  readonly matches: (delay: Millis) => boolean;
  readonly found: (delay: Millis) => void;
}

/**
 * A manual clock that can be waited for: real sockets decide when the code under test begins to wait for time, and only
 * then may a test let time pass.
 */
export class WatchfulClock extends ManualClock {
  readonly #armed = new Map<() => void, Millis>();
  readonly #waiters = new Set<Waiter>();

  override after(delay: Millis, run: () => void): () => void {
    const forget = (): void => void this.#armed.delete(cancel);
    const stop = super.after(delay, () => {
      forget();
      run();
    });
    const cancel = (): void => {
      forget();
      stop();
    };
    this.#armed.set(cancel, delay);
    for (const waiter of [...this.#waiters]) if (waiter.matches(delay)) this.#tell(waiter, delay);
    return cancel;
  }

  /** Resolves with the delay of a timer that matches: one that is armed, else the next one. */
  armed(matches: (delay: Millis) => boolean): Promise<Millis> {
    const present = [...this.#armed.values()].find(matches);
    if (present !== undefined) return Promise.resolve(present);
    return new Promise((found) => this.#waiters.add({ matches, found }));
  }

  /** Waits for such a timer, then lets its time pass. Returns the delay it was armed with. */
  async pass(matches: (delay: Millis) => boolean): Promise<Millis> {
    const delay = await this.armed(matches);
    this.advance(delay);
    return delay;
  }

  #tell(waiter: Waiter, delay: Millis): void {
    this.#waiters.delete(waiter);
    waiter.found(delay);
  }
}
