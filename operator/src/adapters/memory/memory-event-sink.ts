import { type Clock } from "@steelyard/model/foundation";
import { eventIdentity, EventSeriesBook } from "../../core/events/event-series.ts";
import { type PlannedEvent } from "../../core/reconcile/index.ts";
import { type EventSink, type ObjectReference } from "../../ports/event-sink.ts";

export interface StoredEvent extends PlannedEvent {
  readonly object: ObjectReference;
  readonly count: number;
}

/** Keeps events where a test can read them. */
export class MemoryEventSink implements EventSink {
  readonly stored: StoredEvent[] = [];
  readonly #series = new EventSeriesBook<number>();
  readonly #clock: Clock;

  constructor(deps: { readonly clock: Clock }) {
    this.#clock = deps.clock;
  }

  record(object: ObjectReference, event: PlannedEvent): void {
    const identity = eventIdentity(object, event);
    const { id, count } = this.#series.next(identity, this.#clock.now(), () => this.stored.length);
    this.stored[id] = { ...event, object, count };
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }
}
