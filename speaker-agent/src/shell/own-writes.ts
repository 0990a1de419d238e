import { type Clock, type Instant, type Millis } from "@steelyard/model/foundation";
import { type ObjectMeta } from "@steelyard/model/resources";

/** What an object has become by our own write; `stored` undefined = we deleted it. */
interface Note<T> {
  readonly before: T | undefined;
  readonly stored: T | undefined;
  readonly until: Instant;
}

/** A watch that has not shown a write by then has lost it, or somebody undid it: what the watch shows counts again. */
const noteLifetime: Millis = 10_000;

/**
 * The cached list as it will be once the watch has brought back our own writes. Without it a second look at the cache,
 * a moment after a write, would find the old state and write again.
 */
export class OwnWrites<T extends { readonly metadata: ObjectMeta }> {
  readonly #clock: Clock;
  readonly #notes = new Map<string, Note<T>>();

  constructor(deps: { clock: Clock }) {
    this.#clock = deps.clock;
  }

  /** Until then the view may differ from the cache; undefined = it does not. */
  get unsettledUntil(): Instant | undefined {
    let latest: Instant | undefined;
    for (const { until } of this.#notes.values()) if (latest === undefined || until > latest) latest = until;
    return latest;
  }

  note(name: string, before: T | undefined, stored: T | undefined): void {
    this.#notes.set(name, { before, stored, until: (this.#clock.now() + noteLifetime) as Instant });
  }

  /** The cached objects with our own newer writes in their place; sorted by name. */
  over(cached: readonly T[]): readonly T[] {
    const objects = new Map(cached.map((object) => [object.metadata.name, object]));
    for (const [name, note] of this.#notes) {
      if (this.#isSettled(note, objects.get(name))) this.#notes.delete(name);
      else if (note.stored === undefined) objects.delete(name);
      else objects.set(name, note.stored);
    }
    return [...objects.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  #isSettled({ before, stored, until }: Note<T>, cached: T | undefined): boolean {
    if (this.#clock.now() >= until) return true;
    if (stored === undefined) return cached === undefined || cached.metadata.uid !== before?.metadata.uid;
    if (cached === undefined) return false;
    return isAtLeast(cached.metadata.resourceVersion, stored.metadata.resourceVersion);
  }
}

/** API servers number their versions upwards; where one does not, only equal texts are known to be as new. */
function isAtLeast(version: string | undefined, other: string | undefined): boolean {
  if (version === other) return true;
  if (version === undefined || other === undefined || !/^\d+$/.test(version) || !/^\d+$/.test(other))
    return false;
  return BigInt(version) >= BigInt(other);
}
