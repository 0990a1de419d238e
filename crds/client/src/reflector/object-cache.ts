import { type LogSink } from "../log-sink.ts";
import { ObjectIndex } from "./object-index.ts";
import { type ChangeHandler, type ObjectChange, type ObjectStore } from "./object-store.ts";

interface Entry<T> {
  readonly object: T;
  readonly resourceVersion: string;
}

/** The store together with its writing side, which belongs to whoever keeps it in step with the cluster. */
export class ObjectCache<T> implements ObjectStore<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #indexes = new Map<string, ObjectIndex<T>>();
  readonly #log: LogSink;

  constructor(deps: { readonly log: LogSink }) {
    this.#log = deps.log;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): T | undefined {
    return this.#entries.get(key)?.object;
  }

  list(): readonly T[] {
    return Array.from(this.#entries.values(), (entry) => entry.object);
  }

  keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  subscribe(handler: ChangeHandler<T>): () => void {
    // A function of our own, so that one handler subscribed twice has two subscriptions to end.
    const subscription: ChangeHandler<T> = (change) => handler(change);
    this.#handlers.add(subscription);
    return () => void this.#handlers.delete(subscription);
  }

  index(name: string, values: (object: T) => readonly string[]): (value: string) => readonly T[] {
    if (this.#indexes.has(name)) throw new Error(`the store has an index "${name}" already`);
    const index = new ObjectIndex<T>(values);
    for (const [key, entry] of this.#entries) index.replace(key, undefined, entry.object);
    this.#indexes.set(name, index);
    return (value) => index.keysOf(value).flatMap((key) => this.#entries.get(key)?.object ?? []);
  }

  /** Whether this very version is what the store has. */
  isCurrent(key: string, resourceVersion: string): boolean {
    return resourceVersion !== "" && this.#entries.get(key)?.resourceVersion === resourceVersion;
  }

  /** Takes an object in. The same version as before is no change: a relist brings every object again. */
  put(key: string, object: T, resourceVersion: string): void {
    if (this.isCurrent(key, resourceVersion)) return;
    const before = this.#entries.get(key);
    this.#entries.set(key, { object, resourceVersion });
    if (before === undefined) this.#settle({ type: "added", key, object, previous: undefined });
    else this.#settle({ type: "modified", key, object, previous: before.object });
  }

  /** Forgets an object; `last` is its final state, where the deletion told it. */
  remove(key: string, last?: T): void {
    const before = this.#entries.get(key);
    if (before === undefined) return;
    this.#entries.delete(key);
    this.#settle({ type: "deleted", key, object: last ?? before.object, previous: before.object });
  }

  /** Forgets everything that a complete list did not contain. */
  prune(seen: ReadonlySet<string>): void {
    for (const key of this.keys()) if (!seen.has(key)) this.remove(key);
  }

  #settle(change: ObjectChange<T>): void {
    const now = change.type === "deleted" ? undefined : change.object;
    for (const [name, index] of this.#indexes)
      this.#isolate(`index "${name}"`, change, () => index.replace(change.key, change.previous, now));
    // A copy, because a handler may subscribe another, which has then seen the state that this change led to.
    for (const handler of [...this.#handlers])
      if (this.#handlers.has(handler)) this.#isolate("a subscriber", change, () => handler(change));
  }

  /** What others do with a change is not allowed to keep the store from following the cluster. */
  #isolate(who: string, change: ObjectChange<T>, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error({ error, key: change.key, change: change.type }, `${who} of the object store failed`);
    }
  }
}
