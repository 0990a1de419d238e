import { compareIpRanges, lastBeginningBy } from "./sorted-ranges.ts";
import { type IpAddress, type IpRange } from "./types.ts";

interface Entry<T> extends IpRange {
  readonly value: T;
}

/** A map from disjoint ranges to values that answers "what is there" by binary search. */
export class RangeIndex<T> {
  readonly #entries: Entry<T>[] = [];

  /** The value of the range that holds the address. */
  at(address: IpAddress): T | undefined {
    const entry = this.#entries[lastBeginningBy(this.#entries, address.family, address.value)];
    return entry?.family === address.family && address.value <= entry.last ? entry.value : undefined;
  }

  /** All entries that share an address with the range, ascending. */
  overlapping(range: IpRange): { range: IpRange; value: T }[] {
    const found: { range: IpRange; value: T }[] = [];
    const start = Math.max(0, lastBeginningBy(this.#entries, range.family, range.first));
    for (let index = start; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (!entry || compareIpRanges(entry, { ...range, first: range.last }) > 0) break;
      if (entry.family === range.family && entry.last >= range.first) found.push(asFound(entry));
    }
    return found;
  }

  /** Adds a range; false, and nothing changes, when it overlaps one that is there. */
  add(range: IpRange, value: T): boolean {
    if (this.overlapping(range).length > 0) return false;
    const { family, first, last } = range;
    const position = lastBeginningBy(this.#entries, family, first) + 1;
    this.#entries.splice(position, 0, { family, first, last, value });
    return true;
  }

  /** Takes out the entry that begins and ends where the range does; false when there is none. */
  remove(range: IpRange): boolean {
    const position = lastBeginningBy(this.#entries, range.family, range.first);
    const entry = this.#entries[position];
    if (entry?.family !== range.family || entry.first !== range.first || entry.last !== range.last)
      return false;
    this.#entries.splice(position, 1);
    return true;
  }
}

function asFound<T>({ family, first, last, value }: Entry<T>): { range: IpRange; value: T } {
  return { range: { family, first, last }, value };
}
