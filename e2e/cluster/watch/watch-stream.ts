import { type Clock } from "@steelyard/model/foundation";
import { type EventSink } from "../http/exchange.ts";
import { expired } from "../http/api-error.ts";
import { type JsonObject, type KubeObject } from "../json.ts";
import { type StoreEvent } from "../store/event-log.ts";
import { type ObjectStore } from "../store/object-store.ts";
import { type Selection } from "../store/selection.ts";
import { type ListOptions } from "./list-options.ts";

export interface WatchSource {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly resource: string;
  readonly selection: Selection;
  readonly options: ListOptions;
  readonly bookmarkMillis: number;
  /** The form in which objects are sent; `isFirst` is true once. */
  present(object: KubeObject, isFirst: boolean): JsonObject;
  /** An object of the kind with nothing but its metadata, for bookmarks. */
  empty(metadata: JsonObject): KubeObject;
}

/** How a fault ends or spoils a running watch. */
export type Interruption = "end" | "reset" | "gone" | "error" | "garbage" | "silence";

const defaultTimeoutSeconds = 1_800;
const endOfInitialEvents = { "k8s.io/initial-events-end": "true" };

/** One running watch: first what happened since the version asked for, then what happens, until it times out. */
export class WatchStream {
  readonly #source: WatchSource;
  readonly #sink: EventSink;
  readonly #cleanups: (() => void)[] = [];
  #isFirst = true;
  #isSilent = false;

  constructor(source: WatchSource, sink: EventSink) {
    this.#source = source;
    this.#sink = sink;
  }

  get resource(): string {
    return this.#source.resource;
  }

  start(): void {
    const { store, resource, options, clock } = this.#source;
    const from = options.sendInitialEvents || !options.resourceVersion ? undefined : options.resourceVersion;
    if (from === undefined) this.#sendState();
    else if (!this.#sendHistory(from)) return;
    const cleanups = [
      store.subscribe(resource, (event) => {
        if (event.revision > (from ?? 0)) this.#forward(event);
      }),
      clock.after((options.timeoutSeconds ?? defaultTimeoutSeconds) * 1000, () => this.#finish()),
    ];
    this.#cleanups.push(...cleanups);
    if (options.allowBookmarks) this.#scheduleBookmark();
  }

  /** Stops listening; the sink is the caller's. */
  stop(): void {
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  interrupt(how: Interruption): void {
    switch (how) {
      case "end":
        return this.#finish();
      case "reset":
        this.stop();
        return this.#sink.reset();
      case "gone":
        return this.#fail(expired("too old resource version: the history was compacted").toStatus());
      case "error":
        return this.#fail({
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          code: 500,
          reason: "InternalError",
          message: "injected fault",
        });
      case "garbage":
        return this.#sink.sendRaw('{"type":"MODIFIED","object":{"kind"\n');
      case "silence":
        this.#isSilent = true;
    }
  }

  #sendState(): void {
    const { store, resource, selection, options } = this.#source;
    for (const object of store.list(resource)) if (selection(object)) this.#send("ADDED", object);
    const announcesEnd = options.sendInitialEvents || options.resourceVersion === 0;
    if (options.allowBookmarks && announcesEnd) this.#sendBookmark(endOfInitialEvents);
  }

  #sendHistory(from: number): boolean {
    const { store, resource } = this.#source;
    const events = store.eventsSince(resource, from);
    if (events === undefined) {
      this.#fail(expired(`too old resource version: ${from} (${store.revision})`).toStatus());
      return false;
    }
    for (const event of events) this.#forward(event);
    return true;
  }

  /** An object that enters the selection is ADDED, one that leaves it DELETED, whatever happened in the store. */
  #forward(event: StoreEvent): void {
    const { selection } = this.#source;
    const isIn = event.type !== "DELETED" && selection(event.object);
    const wasIn = event.previous !== undefined && selection(event.previous);
    if (isIn) this.#send(wasIn ? "MODIFIED" : "ADDED", event.object);
    else if (wasIn) this.#send("DELETED", lastSeen(event));
  }

  #send(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): void {
    if (this.#isSilent) return;
    this.#sink.send({ type, object: this.#source.present(object, this.#isFirst) });
    this.#isFirst = false;
  }

  #sendBookmark(annotations?: JsonObject): void {
    if (this.#isSilent) return;
    const resourceVersion = String(this.#source.store.revision);
    const metadata = { resourceVersion, ...(annotations === undefined ? {} : { annotations }) };
    this.#sink.send({
      type: "BOOKMARK",
      object: this.#source.present(this.#source.empty(metadata), this.#isFirst),
    });
  }

  #scheduleBookmark(): void {
    const { clock, bookmarkMillis } = this.#source;
    const cancel = clock.after(bookmarkMillis, () => {
      this.#cleanups.splice(this.#cleanups.indexOf(cancel), 1);
      this.#sendBookmark();
      this.#scheduleBookmark();
    });
    this.#cleanups.push(cancel);
  }

  #fail(status: JsonObject): void {
    this.#sink.send({ type: "ERROR", object: status });
    this.#finish();
  }

  #finish(): void {
    this.stop();
    this.#sink.end();
  }
}

/** What left the selection is shown as it was, under the version of the change; what was deleted, as it was deleted. */
function lastSeen({ type, object, previous, revision }: StoreEvent): KubeObject {
  if (type === "DELETED" || previous === undefined) return object;
  return { ...previous, metadata: { ...previous.metadata, resourceVersion: String(revision) } };
}
