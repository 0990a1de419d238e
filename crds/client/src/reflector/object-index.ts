/** Keys of objects by some property of theirs; an object may stand under several values, or none. */
export class ObjectIndex<T> {
  readonly #values: (object: T) => readonly string[];
  readonly #keysByValue = new Map<string, Set<string>>();

  constructor(values: (object: T) => readonly string[]) {
    this.#values = values;
  }

  keysOf(value: string): readonly string[] {
    return [...(this.#keysByValue.get(value) ?? [])];
  }

  /** Moves `key` from where `previous` stood to where `next` stands. */
  replace(key: string, previous: T | undefined, next: T | undefined): void {
    if (previous !== undefined) for (const value of this.#values(previous)) this.#remove(value, key);
    if (next !== undefined) for (const value of this.#values(next)) this.#add(value, key);
  }

  #add(value: string, key: string): void {
    const keys = this.#keysByValue.get(value);
    if (keys === undefined) this.#keysByValue.set(value, new Set([key]));
    else keys.add(key);
  }

  #remove(value: string, key: string): void {
    const keys = this.#keysByValue.get(value);
    keys?.delete(key);
    // Values come and go with the objects: an empty set left behind would be a leak.
    if (keys?.size === 0) this.#keysByValue.delete(value);
  }
}
