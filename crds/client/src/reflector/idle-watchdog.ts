import { type Clock, type Millis } from "@steelyard/model/foundation";

/**
 * Notices a stream that has gone silent. Signs of life are only noted; the one timer looks at them when it fires, because
 * arming a new timer for each of 20 000 events a second would cost more than the events.
 */
export class IdleWatchdog {
  readonly #limit: Millis;
  readonly #clock: Clock;
  readonly #bark: () => void;
  #lastSign: number;
  #cancel: () => void;

  constructor(limit: Millis, bark: () => void, deps: { readonly clock: Clock }) {
    this.#limit = limit;
    this.#bark = bark;
    this.#clock = deps.clock;
    this.#lastSign = deps.clock.now();
    this.#cancel = this.#arm(limit);
  }

  signOfLife(): void {
    this.#lastSign = this.#clock.now();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(delay: Millis): () => void {
    return this.#clock.after(delay, () => this.#look());
  }

  #look(): void {
    const left = this.#lastSign + this.#limit - this.#clock.now();
    if (left <= 0) this.#bark();
    else this.#cancel = this.#arm(left);
  }
}
