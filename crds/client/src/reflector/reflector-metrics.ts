import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";

/** Counters since the start of a reflector, for a metrics page. */
export interface ReflectorMetrics {
  /** Lists begun, restarts after an expired token included. */
  readonly lists: number;
  /** Watches opened. */
  readonly watches: number;
  /** Objects that watches told of as stored or deleted. */
  readonly events: number;
  readonly bookmarks: number;
  /** Lists and watches that failed, and watches that ended before they had brought anything. */
  readonly failures: number;
  /** Objects that could not be projected; the previous state stays in the store. */
  readonly projectionFailures: number;
  /** Milliseconds since the API server last told us anything; undefined before it ever did. */
  readonly lagMs: Millis | undefined;
}

export class ReflectorCounters {
  lists = 0;
  watches = 0;
  events = 0;
  bookmarks = 0;
  failures = 0;
  projectionFailures = 0;
  readonly #clock: Clock;
  #lastContact: Instant | undefined;

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  contact(): void {
    this.#lastContact = this.#clock.now();
  }

  snapshot(): ReflectorMetrics {
    const { lists, watches, events, bookmarks, failures, projectionFailures } = this;
    const lagMs = this.#lastContact === undefined ? undefined : this.#clock.now() - this.#lastContact;
    return { lists, watches, events, bookmarks, failures, projectionFailures, lagMs };
  }
}
