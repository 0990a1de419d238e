import { type KubeObject } from "../json.ts";

export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  /** `namespace/name`, or `name` for what lives in no namespace. */
  readonly key: string;
  /** The object after the event; for DELETED its last state under the revision of the deletion. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** What happened to one resource lately, oldest first. Events older than the capacity are forgotten. */
export class EventLog {
  readonly #capacity: number;
  #events: StoreEvent[] = [];
  #forgottenUpTo = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  append(event: StoreEvent): void {
    this.#events.push(event);
    // Cutting in blocks keeps appending cheap: a shift per event would move the whole array each time.
    if (this.#events.length > 2 * this.#capacity) this.#forget(this.#events.length - this.#capacity);
  }

  /** Events after `revision`; undefined when some of them are forgotten: the caller must answer 410. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#forgottenUpTo) return undefined;
    return this.#events.slice(this.#firstAfter(revision));
  }

  /** Forgets everything up to and including `revision`, as etcd's compaction does. */
  compact(revision: number): void {
    this.#events = this.#events.slice(this.#firstAfter(revision));
    this.#forgottenUpTo = Math.max(this.#forgottenUpTo, revision);
  }

  #forget(count: number): void {
    this.#forgottenUpTo = this.#events[count - 1]?.revision ?? this.#forgottenUpTo;
    this.#events = this.#events.slice(count);
  }

  #firstAfter(revision: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) > revision) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
