import { type PlannedEvent } from "../core/reconcile/index.ts";

/** The object an event is about, as `involvedObject` of core/v1. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** Where events go. They tell people, nothing depends on them: recording never fails and never waits. */
export interface EventSink {
  /**
   * The same reason on the same object within ten minutes adds to the count of the event that is there; where it tells of
   * a change of addresses, only the same change does.
   */
  record(object: ObjectReference, event: PlannedEvent): void;
  /** Resolves when everything recorded so far is stored or given up. */
  flush(): Promise<void>;
}
