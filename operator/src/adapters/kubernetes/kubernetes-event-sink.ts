import { events, isKubeError, type KubeClient, type ObjectKey } from "@steelyard/client";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { EventSeriesBook } from "../../core/events/event-series.ts";
import { type PlannedEvent } from "../../core/reconcile/index.ts";
import { type EventSink, type ObjectReference } from "../../ports/event-sink.ts";
import { type Log } from "../../ports/log.ts";
import { buildEventObject, buildEventPatch } from "./event-object.ts";

export interface KubernetesEventSinkDeps {
  readonly client: Pick<KubeClient, "create" | "mergePatch">;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

const fieldManager = "steelyard-operator";
const timeoutMs: Millis = 4_000;
/** Beyond this the API server cannot keep up, and what happened long ago interests nobody. */
const longestBacklog = 1_000;
/** The end of the program waits no longer for events than this. */
const flushLimitMs: Millis = 150;

/** Events as objects of the core group, written one after the other beside the real work. */
export class KubernetesEventSink implements EventSink {
  readonly #instance: string;
  readonly #deps: KubernetesEventSinkDeps;
  readonly #series = new EventSeriesBook<ObjectKey>();
  #backlog = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(options: { readonly instance: string }, deps: KubernetesEventSinkDeps) {
    this.#instance = options.instance;
    this.#deps = deps;
  }

  record(object: ObjectReference, event: PlannedEvent): void {
    if (this.#backlog >= longestBacklog) {
      this.#deps.log.debug(
        { object: object.name, event: event.reason },
        "too many events, this one is not stored",
      );
      return;
    }
    this.#backlog += 1;
    this.#last = this.#last.then(() => this.#store(object, event)).finally(() => (this.#backlog -= 1));
  }

  flush(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(flushLimitMs, resolve);
      void this.#last.then(() => {
        cancel();
        resolve();
      });
    });
  }

  async #store(object: ObjectReference, event: PlannedEvent): Promise<void> {
    const { clock, log } = this.#deps;
    const identity = { object, type: event.type, reason: event.reason };
    const timestamp = clock.timestamp();
    const fresh = buildEventObject(object, event, { timestamp, instance: this.#instance }, this.#deps.random);
    try {
      const { id, count } = this.#series.next(identity, clock.now(), () => fresh.metadata);
      if (count > 1 && (await this.#amend(id, buildEventPatch(event, count, timestamp)))) return;
      if (count > 1) this.#series.forget(identity);
      await this.#deps.client.create(events, fresh, { fieldManager, timeoutMs });
      if (count > 1) this.#series.next(identity, clock.now(), () => fresh.metadata);
    } catch (error) {
      this.#series.forget(identity);
      log.debug({ object: object.name, event: event.reason, error }, "the event could not be stored");
    }
  }

  /** False: the stored event has expired on the server. */
  async #amend(key: ObjectKey, patch: object): Promise<boolean> {
    try {
      await this.#deps.client.mergePatch(events, key, patch, { fieldManager, timeoutMs });
      return true;
    } catch (error) {
      if (isKubeError(error, "not-found")) return false;
      throw error;
    }
  }
}
