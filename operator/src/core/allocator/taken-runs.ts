import { type IpRange } from "@steelyard/model/address";

interface Run {
  first: bigint;
  last: bigint;
}

/**
 * The numbers of one address family that are taken, kept as disjoint runs in ascending order. Neighbours are merged,
 * so the number after a run is free by construction: the lowest gap of a /64 costs one binary search, not a walk.
 */
export class TakenRuns {
  readonly #runs: Run[] = [];

  has(value: bigint): boolean {
    const run = this.#runs[this.#lastStartingAtOrBefore(value)];
    return run !== undefined && value <= run.last;
  }

  add(value: bigint): void {
    const at = this.#lastStartingAtOrBefore(value);
    const before = this.#runs[at];
    if (before !== undefined && value <= before.last) return;
    const after = this.#runs[at + 1];
    const joinsBefore = before !== undefined && before.last + 1n === value;
    const joinsAfter = after !== undefined && value + 1n === after.first;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      this.#runs.splice(at + 1, 1);
    } else if (joinsBefore) before.last = value;
    else if (joinsAfter) after.first = value;
    else this.#runs.splice(at + 1, 0, { first: value, last: value });
  }

  remove(value: bigint): void {
    const at = this.#lastStartingAtOrBefore(value);
    const run = this.#runs[at];
    if (run === undefined || value > run.last) return;
    const left = { first: run.first, last: value - 1n };
    const right = { first: value + 1n, last: run.last };
    this.#runs.splice(at, 1, ...[left, right].filter(({ first, last }) => first <= last));
  }

  /** The numbers of the range that are not taken, ascending, one by one: whoever asks stops at the first that will do. */
  *gaps(range: IpRange): Generator<bigint> {
    let next = range.first;
    for (const { first, last } of this.within(range)) {
      for (; next < first; next++) yield next;
      next = last + 1n;
    }
    for (; next <= range.last; next++) yield next;
  }

  /** The taken numbers of the range, ascending; as long as what is taken, not as long as the range. */
  *valuesWithin(range: IpRange): Generator<bigint> {
    for (const { first, last } of this.within(range)) {
      for (let value = first; value <= last; value++) yield value;
    }
  }

  /** The runs of the range, ascending, cut off at its ends. */
  *within(range: IpRange): Generator<Readonly<Run>> {
    for (let at = Math.max(0, this.#lastStartingAtOrBefore(range.first)); at < this.#runs.length; at++) {
      const run = this.#runs[at];
      if (run === undefined || run.first > range.last) return;
      const first = run.first < range.first ? range.first : run.first;
      const last = run.last > range.last ? range.last : run.last;
      if (first <= last) yield { first, last };
    }
  }

  /** Index of the last run whose first number is not above `value`; -1 when there is none. */
  #lastStartingAtOrBefore(value: bigint): number {
    let low = 0;
    let high = this.#runs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const run = this.#runs[middle];
      if (run !== undefined && run.first <= value) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
