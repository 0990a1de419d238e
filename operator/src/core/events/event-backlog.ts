import { type PlannedEvent } from "../reconcile/index.ts";
import { eventIdentity, type EventIdentity, identityText } from "./event-series.ts";

/** An event that waits to be stored. */
export interface PendingEvent<Reference extends EventIdentity["object"]> {
  readonly object: Reference;
  /** The latest of those that were recorded as the same. */
  readonly event: PlannedEvent;
  /** How often it was recorded while it waited. */
  readonly times: number;
  /** How often it could not be stored. */
  readonly failures: number;
}

/**
 * Events that wait to be stored: warnings before the others, each in the order of their coming. The same event about the
 * same object waits once, with a count. Where there is no room, what tells of trouble displaces what tells of success.
 */
export class EventBacklog<Reference extends EventIdentity["object"]> {
  readonly #limit: number;
  // A Map keeps insertion order.
  readonly #warnings = new Map<string, PendingEvent<Reference>>();
  readonly #others = new Map<string, PendingEvent<Reference>>();

  constructor(options: { readonly limit: number }) {
    this.#limit = options.limit;
  }

  get size(): number {
    return this.#warnings.size + this.#others.size;
  }

  /** Takes the event in; returns how many recorded events had to give way to it, itself included. */
  add(object: Reference, event: PlannedEvent): number {
    const key = identityText(eventIdentity(object, event));
    const line = this.#lineOf(event);
    const waiting = line.get(key);
    if (waiting !== undefined) {
      line.set(key, { ...waiting, event, times: waiting.times + 1 });
      return 0;
    }
    const hasRoom = this.size < this.#limit;
    if (!hasRoom && (line === this.#others || this.#others.size === 0)) return 1;
    const displaced = hasRoom ? 0 : this.#dropOldest();
    line.set(key, { object, event, times: 1, failures: 0 });
    return displaced;
  }

  /** Takes out what is to be stored next. */
  next(): PendingEvent<Reference> | undefined {
    return takeFirst(this.#warnings) ?? takeFirst(this.#others);
  }

  /** Lines it up again, behind the others of its kind; together with what was recorded of it meanwhile. */
  putBack(pending: PendingEvent<Reference>): void {
    const { object, event } = pending;
    const key = identityText(eventIdentity(object, event));
    const line = this.#lineOf(event);
    const newer = line.get(key);
    const merged = newer === undefined ? pending : { ...newer, times: newer.times + pending.times };
    line.set(key, { ...merged, failures: pending.failures + 1 });
  }

  /** Forgets all of it; returns how many recorded events that were. */
  clear(): number {
    let dropped = 0;
    for (let pending = this.next(); pending !== undefined; pending = this.next()) dropped += pending.times;
    return dropped;
  }

  #dropOldest(): number {
    return takeFirst(this.#others)?.times ?? 0;
  }

  #lineOf({ type }: PlannedEvent): Map<string, PendingEvent<Reference>> {
    return type === "Warning" ? this.#warnings : this.#others;
  }
}

function takeFirst<T>(line: Map<string, T>): T | undefined {
  const [first] = line;
  if (first === undefined) return undefined;
  line.delete(first[0]);
  return first[1];
}
