import { type ObjectMeta } from "@steelyard/model/resources";
import { type ObjectChange, type ObjectView } from "../../ports/cluster-reader.ts";

interface Stored {
  readonly metadata: ObjectMeta;
}

/** The objects of one kind, stored and watched as by an API server: every write gives the object a new version. */
export class MemoryObjects<T extends Stored> {
  readonly #stored = new Map<string, T>();
  readonly #views = new Set<MemoryView<T>>();
  readonly #nextVersion: () => number;

  constructor(nextVersion: () => number) {
    this.#nextVersion = nextVersion;
  }

  get(key: string): T | undefined {
    return this.#stored.get(key);
  }

  list(): readonly T[] {
    return [...this.#stored.values()];
  }

  put(object: T): T {
    const stored = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#nextVersion()) },
    };
    this.#stored.set(keyOf(stored), stored);
    for (const view of this.#views) view.take(keyOf(stored), stored);
    return stored;
  }

  remove(key: string): void {
    this.#stored.delete(key);
    for (const view of this.#views) view.take(key, undefined);
  }

  open(): MemoryView<T> {
    const view = new MemoryView<T>(this.#stored);
    this.#views.add(view);
    return view;
  }

  close(view: MemoryView<T>): void {
    this.#views.delete(view);
    view.close();
  }
}

/** How much a watch may tell a second time. */
const longestReplay = 6;

interface Told<T> {
  readonly key: string;
  readonly object: T | undefined;
}

/** What one watcher has heard so far: the changes while it is held reach it only when it is released. */
export class MemoryView<T extends Stored> implements ObjectView<T> {
  readonly #stored: ReadonlyMap<string, T>;
  readonly #known: Map<string, T>;
  readonly #handlers = new Set<(change: ObjectChange<T>) => void>();
  #backlog: Told<T>[] | undefined;
  /** What was told last, oldest first. */
  readonly #told: Told<T>[] = [];

  constructor(stored: ReadonlyMap<string, T>) {
    this.#stored = stored;
    this.#known = new Map(stored);
  }

  get(key: string): T | undefined {
    return this.#known.get(key);
  }

  list(): readonly T[] {
    return [...this.#known.values()];
  }

  get size(): number {
    return this.#known.size;
  }

  subscribe(handler: (change: ObjectChange<T>) => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  /** From now on the watch is behind. */
  hold(): void {
    this.#backlog ??= [];
  }

  /** Tells what was held back; in the order it happened, unless that is one a watch of the whole kind cannot have. */
  release(order: (backlog: readonly Told<T>[]) => readonly Told<T>[] = (backlog) => backlog): void {
    const backlog = this.#backlog ?? [];
    this.#backlog = undefined;
    for (const { key, object } of order(backlog)) this.take(key, object);
  }

  /** Tells the latest changes a second time, as a watch does that begins again at an earlier version; not while it is held. */
  replay(): void {
    if (this.#backlog !== undefined) return;
    for (const { key, object } of [...this.#told]) this.take(key, object);
  }

  /** Takes in what is stored now; a watch that is held goes on from there, and stays held. */
  catchUp(): void {
    const isHeld = this.#backlog !== undefined;
    this.#backlog = undefined;
    for (const [key, object] of this.#stored) if (this.#known.get(key) !== object) this.take(key, object);
    for (const key of [...this.#known.keys()]) if (!this.#stored.has(key)) this.take(key, undefined);
    if (isHeld) this.hold();
  }

  take(key: string, object: T | undefined): void {
    if (this.#backlog !== undefined) {
      this.#backlog.push({ key, object });
      return;
    }
    this.#told.push({ key, object });
    if (this.#told.length > longestReplay) this.#told.shift();
    const previous = this.#known.get(key);
    if (object === undefined) this.#known.delete(key);
    else this.#known.set(key, object);
    for (const handler of [...this.#handlers]) handler({ key, object, previous });
  }

  close(): void {
    this.#handlers.clear();
  }
}

function keyOf({ metadata }: Stored): string {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
}
