import { type KubeObject } from "../json.ts";
import { EventLog, type StoreEvent } from "./event-log.ts";

export type StoreListener = (event: StoreEvent) => void;

/** Hears of every event of every resource. */
export type StoreObserver = (resource: string, event: StoreEvent) => void;

/** Where an object lies: the resource (`plural.group`, or `plural` for the core group) and its key within it. */
export interface ObjectPlace {
  readonly resource: string;
  readonly key: string;
}

interface Collection {
  readonly objects: Map<string, KubeObject>;
  readonly log: EventLog;
  readonly listeners: Set<StoreListener>;
  /** Keys in order, rebuilt when a key came or went: lists are sorted as etcd sorts them. */
  sorted: readonly string[] | undefined;
}

export function objectKey(namespace: string | undefined, name: string): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** All objects under one growing revision, with enough history to answer for a revision of the recent past. */
export class ObjectStore {
  readonly #historyPerResource: number;
  readonly #collections = new Map<string, Collection>();
  readonly #observers = new Set<StoreObserver>();
  readonly #untold: (() => void)[] = [];
  #telling = false;
  #revision = 1;

  constructor(options: { readonly historyPerResource: number }) {
    this.#historyPerResource = options.historyPerResource;
  }

  get revision(): number {
    return this.#revision;
  }

  get(place: ObjectPlace): KubeObject | undefined {
    return this.#collection(place.resource).objects.get(place.key);
  }

  /** Current objects of a resource, sorted by key. */
  list(resource: string): readonly KubeObject[] {
    const collection = this.#collection(resource);
    collection.sorted ??= [...collection.objects.keys()].sort();
    return collection.sorted.flatMap((key) => collection.objects.get(key) ?? []);
  }

  /** The resource as it was at `revision`, sorted by key; undefined when history no longer reaches back so far. */
  listAt(resource: string, revision: number): readonly KubeObject[] | undefined {
    const collection = this.#collection(resource);
    const events = collection.log.since(revision);
    if (events === undefined) return undefined;
    if (events.length === 0) return this.list(resource);
    const objects = new Map(collection.objects);
    for (const event of [...events].reverse()) {
      if (event.previous === undefined) objects.delete(event.key);
      else objects.set(event.key, event.previous);
    }
    return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Stores `object` under a new resourceVersion and tells every watcher; returns what was stored. */
  put(place: ObjectPlace, object: KubeObject): KubeObject {
    const collection = this.#collection(place.resource);
    const previous = collection.objects.get(place.key);
    const stored = this.#stamped(object);
    if (previous === undefined) collection.sorted = undefined;
    collection.objects.set(place.key, stored);
    this.#tell(place, previous === undefined ? "ADDED" : "MODIFIED", stored, previous);
    return stored;
  }

  /** Removes the object; returns its last state (`last`, or else what was stored) under the revision of the deletion. */
  remove(place: ObjectPlace, lastState?: KubeObject): KubeObject | undefined {
    const collection = this.#collection(place.resource);
    const previous = collection.objects.get(place.key);
    if (previous === undefined) return undefined;
    const last = this.#stamped(lastState ?? previous);
    collection.objects.delete(place.key);
    collection.sorted = undefined;
    this.#tell(place, "DELETED", last, previous);
    return last;
  }

  subscribe(resource: string, listener: StoreListener): () => void {
    const { listeners } = this.#collection(resource);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  observe(observer: StoreObserver): () => void {
    this.#observers.add(observer);
    return () => this.#observers.delete(observer);
  }

  /** Events of a resource after `revision`; undefined when some are forgotten. */
  eventsSince(resource: string, revision: number): readonly StoreEvent[] | undefined {
    return this.#collection(resource).log.since(revision);
  }

  /** Forgets the history of everything: every older version and continue token is "expired" from now on. */
  compact(): void {
    for (const { log } of this.#collections.values()) log.compact(this.#revision);
  }

  resources(): readonly string[] {
    return [...this.#collections.keys()].sort();
  }

  #stamped(object: KubeObject): KubeObject {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #tell(
    place: ObjectPlace,
    type: StoreEvent["type"],
    object: KubeObject,
    previous: KubeObject | undefined,
  ): void {
    const { log, listeners } = this.#collection(place.resource);
    const event: StoreEvent = { type, revision: this.#revision, key: place.key, object, previous };
    log.append(event);
    this.#untold.push(() => {
      for (const listener of [...listeners]) listener(event);
      for (const observer of [...this.#observers]) observer(place.resource, event);
    });
    this.#tellAll();
  }

  /** A listener may write in its turn: what that causes is told after everybody has heard of the present event. */
  #tellAll(): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) next();
    } finally {
      this.#telling = false;
    }
  }

  #collection(resource: string): Collection {
    const known = this.#collections.get(resource);
    if (known !== undefined) return known;
    const log = new EventLog(this.#historyPerResource);
    const created: Collection = { objects: new Map(), log, listeners: new Set(), sorted: undefined };
    this.#collections.set(resource, created);
    return created;
  }
}
