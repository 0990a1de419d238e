import { type LogSink } from "../log-sink.ts";
import { type ObjectCache } from "./object-cache.ts";
import { identify, type ObjectIdentity } from "./raw-object.ts";
import { type ReflectorCounters } from "./reflector-metrics.ts";
import { type ObjectEvent } from "./watch-event.ts";

export interface MirrorDeps<T> {
  readonly store: ObjectCache<T>;
  readonly counters: ReflectorCounters;
  readonly log: LogSink;
}

/**
 * Puts raw objects into the store in their projected form. While a snapshot is being received it remembers which keys
 * came, so that what has vanished meanwhile can be pruned at its end: deletions are never told by a list.
 */
export class Mirror<T> {
  readonly #project: (raw: unknown) => T;
  readonly #deps: MirrorDeps<T>;
  #seen: Set<string> | undefined;

  constructor(project: (raw: unknown) => T, deps: MirrorDeps<T>) {
    this.#project = project;
    this.#deps = deps;
  }

  get receivesSnapshot(): boolean {
    return this.#seen !== undefined;
  }

  /** Also after one that broke off: what that brought is true, but what it did not bring is unknown, not gone. */
  beginSnapshot(): void {
    this.#seen = new Set();
  }

  /** Drops from the store whatever the snapshot did not contain. */
  completeSnapshot(): void {
    if (this.#seen !== undefined) this.#deps.store.prune(this.#seen);
    this.#seen = undefined;
  }

  storeListed(raw: unknown): void {
    const identity = identify(raw);
    if (identity === undefined) this.#deps.log.error({}, "the API server listed an object without a name");
    else this.#store(identity, raw);
  }

  apply(event: ObjectEvent): void {
    if (event.type === "stored") this.#store(event.identity, event.raw);
    else this.#remove(event.identity, event.raw);
  }

  #store({ key, resourceVersion }: ObjectIdentity, raw: unknown): void {
    this.#seen?.add(key);
    // A list that is read again brings thousands of objects that have not changed, and projecting is what costs.
    if (this.#deps.store.isCurrent(key, resourceVersion)) return;
    const projected = this.#tryProject(key, raw);
    if (projected !== undefined) this.#deps.store.put(key, projected.object, resourceVersion);
  }

  #remove({ key }: ObjectIdentity, raw: unknown): void {
    this.#seen?.delete(key);
    this.#deps.store.remove(key, this.#tryProject(key, raw)?.object);
  }

  /** One object that the projection cannot read must not cost us all the others. */
  #tryProject(key: string, raw: unknown): { readonly object: T } | undefined {
    try {
      return { object: this.#project(raw) };
    } catch (error) {
      this.#deps.counters.projectionFailures += 1;
      this.#deps.log.error({ error, key }, "an object could not be read; its previous state stays in use");
      return undefined;
    }
  }
}
