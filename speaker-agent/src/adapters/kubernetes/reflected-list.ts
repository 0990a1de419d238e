import { Reflector, type ReflectorDeps, type ReflectorOptions } from "@steelyard/client";
import { type ObjectMeta } from "@steelyard/model/resources";
import { isDeepStrictEqual } from "node:util";

export interface HasMetadata {
  readonly metadata: ObjectMeta;
}

export interface ListOptions<T> extends ReflectorOptions<T> {
  /** Whether the object is written as well as read, so that its newest version is needed. */
  readonly versionCounts?: boolean;
}

/** One kind as the view wants it: its list is built when somebody asks, and kept until something changes. */
export class ReflectedList<T extends HasMetadata> {
  readonly kind: string;
  readonly #reflector: Reflector<T>;
  #list: readonly T[] | undefined;

  constructor(options: ListOptions<T>, deps: ReflectorDeps, onChange: () => void) {
    this.kind = options.type.kind;
    this.#reflector = new Reflector(options, deps);
    this.#reflector.store.subscribe((change) => {
      // Every node writes its heartbeat, and every controller its bookkeeping: what we do not read is no news.
      const { versionCounts = false } = options;
      if (change.type === "modified" && !versionCounts && isSameButForVersion(change.object, change.previous))
        return;
      this.#list = undefined;
      onChange();
    });
  }

  get synced(): boolean {
    return this.#reflector.synced;
  }

  /** Why the API server does not show this kind; undefined = it does, or has not answered yet. */
  get refusal(): string | undefined {
    return this.#reflector.refusal?.message;
  }

  get list(): readonly T[] {
    this.#list ??= this.#reflector.store.list();
    return this.#list;
  }

  start(onSynced: () => void): void {
    this.#reflector.start();
    // It rejects for one reason only: it is stopped before the first list has come in.
    this.#reflector.whenSynced(new AbortController().signal).then(onSynced, () => undefined);
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }
}

function isSameButForVersion(a: HasMetadata, b: HasMetadata): boolean {
  return isDeepStrictEqual(withoutVersion(a), withoutVersion(b));
}

function withoutVersion(object: HasMetadata): HasMetadata {
  return { ...object, metadata: { ...object.metadata, resourceVersion: "" } };
}
