import { instantAfter, type Instant, type Millis } from "@steelyard/model/foundation";
import { type PlannedEvent } from "../reconcile/index.ts";

/** What of a recorded event makes it the same as another: who it is about, and why. */
export interface EventIdentity {
  readonly object: {
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string | undefined;
  };
  readonly type: string;
  readonly reason: string;
  /** Of an event that tells of one change: what changed. */
  readonly change?: string | undefined;
}

/** Each of these is a piece of a Service's history: the next address does not make the one before it old news. */
const changeReasons: ReadonlySet<string> = new Set(["ClearAssignment", "IPAllocated"]);
/** As much of a message as is stored: what comes after it tells nobody two events apart. */
const longestChange = 1_024;

/** The identity of an event about the object. */
export function eventIdentity(
  object: EventIdentity["object"],
  { type, reason, message }: PlannedEvent,
): EventIdentity {
  return changeReasons.has(reason)
    ? { object, type, reason, change: message.slice(0, longestChange) }
    : { object, type, reason };
}

/** One stored event and how often it was recorded. */
export interface EventSeries<Id> {
  /** How the stored event is found again. */
  readonly id: Id;
  readonly count: number;
}

/** Ten minutes, as kopf and client-go have it: what happens again after that is news. */
const seriesLastsMs: Millis = 600_000;
const smallestSweep = 1024;

/**
 * Knows which recorded events continue one that is stored already, so that a thing that happens a hundred times is one
 * object with a count and not a hundred objects in etcd (reference operator.md, section 1).
 */
export class EventSeriesBook<Id> {
  readonly #series = new Map<string, { readonly id: Id; count: number; until: Instant }>();
  #sweepAt = smallestSweep;

  /** Counts the event in, `times` times; `start` names the stored event if this one begins a series. */
  next(identity: EventIdentity, now: Instant, start: () => Id, times = 1): EventSeries<Id> {
    const key = identityText(identity);
    const known = this.#series.get(key);
    const until = instantAfter(now, seriesLastsMs);
    if (known !== undefined && now < known.until) {
      known.count += times;
      known.until = until;
      return { id: known.id, count: known.count };
    }
    const begun = { id: start(), count: times, until };
    this.#series.set(key, begun);
    this.#sweep(now);
    return { id: begun.id, count: times };
  }

  /** The stored event is not there any more: the next one begins a new series. */
  forget(identity: EventIdentity): void {
    this.#series.delete(identityText(identity));
  }

  #sweep(now: Instant): void {
    if (this.#series.size < this.#sweepAt) return;
    for (const [key, { until }] of this.#series) if (now >= until) this.#series.delete(key);
    this.#sweepAt = Math.max(smallestSweep, 2 * this.#series.size);
  }
}

/** The same text for the same event, and for no other. */
export function identityText({ object, type, reason, change }: EventIdentity): string {
  return JSON.stringify([object.kind, object.namespace, object.name, object.uid, type, reason, change]);
}
