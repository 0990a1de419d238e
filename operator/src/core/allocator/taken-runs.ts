import { type IpRange } from "@steelyard/model/address";

interface Run {
  first: bigint;
  last: bigint;
}

/** Where a run stands. */
interface Position {
  readonly chunk: number;
  readonly at: number;
}

/** A chunk of more runs than this is cut in two: what an insertion moves is never longer. */
const usualChunk = 256;

/**
 * The numbers of one address family that are taken, kept as disjoint runs in ascending order. Neighbours are merged,
 * so the number after a run is free by construction: the lowest gap of a /64 costs a binary search, not a walk. The
 * runs lie in chunks, so that taking a number costs the same among a hundred thousand runs as among ten.
 */
export class TakenRuns {
  /** None is empty. */
  readonly #chunks: Run[][] = [];
  /** How many numbers are taken in a chunk, as long as nothing in it changes. */
  readonly #totals = new WeakMap<readonly Run[], bigint>();
  readonly #longestChunk: number;

  constructor({ longestChunk = usualChunk }: { readonly longestChunk?: number } = {}) {
    this.#longestChunk = longestChunk;
  }

  has(value: bigint): boolean {
    const run = this.#runAt(this.#lastStartingAtOrBefore(value));
    return run !== undefined && value <= run.last;
  }

  add(value: bigint): void {
    const position = this.#lastStartingAtOrBefore(value);
    const before = this.#runAt(position);
    if (before !== undefined && value <= before.last) return;
    const next = this.#after(position);
    this.#forgetTotals(position, next);
    const after = this.#runAt(next);
    const joinsBefore = before !== undefined && before.last + 1n === value;
    const joinsAfter = after !== undefined && value + 1n === after.first;
    if (joinsBefore && joinsAfter) {
      before.last = after.last;
      this.#delete(next);
    } else if (joinsBefore) before.last = value;
    else if (joinsAfter) after.first = value;
    else this.#insertAfter(position, { first: value, last: value });
  }

  remove(value: bigint): void {
    const position = this.#lastStartingAtOrBefore(value);
    const run = this.#runAt(position);
    if (run === undefined || value > run.last) return;
    this.#forgetTotals(position);
    if (run.first === run.last) this.#delete(position);
    else if (value === run.first) run.first = value + 1n;
    else if (value === run.last) run.last = value - 1n;
    else {
      this.#insertAfter(position, { first: value + 1n, last: run.last });
      run.last = value - 1n;
    }
  }

  /** The lowest number of the range that is not taken and not below `from`. */
  lowestGap(range: IpRange, from: bigint = range.first): bigint | undefined {
    const run = this.#runAt(this.#lastStartingAtOrBefore(from));
    const gap = run !== undefined && from <= run.last ? run.last + 1n : from;
    return gap <= range.last ? gap : undefined;
  }

  /**
   * How many numbers of the range are taken: costs the chunks that have changed since they were last counted, not all
   * that is taken.
   */
  count(range: IpRange): bigint {
    let count = 0n;
    for (let { chunk } = this.#lastStartingAtOrBefore(range.first); ; chunk++) {
      const runs = this.#chunks[chunk];
      const [first, last] = [runs?.[0], runs?.at(-1)];
      if (runs === undefined || first === undefined || last === undefined || first.first > range.last)
        return count;
      const isWhole = range.first <= first.first && last.last <= range.last;
      count += isWhole ? this.#totalOf(runs) : countWithin(runs, range);
    }
  }

  #totalOf(runs: readonly Run[]): bigint {
    const known = this.#totals.get(runs);
    if (known !== undefined) return known;
    let total = 0n;
    for (const { first, last } of runs) total += last - first + 1n;
    this.#totals.set(runs, total);
    return total;
  }

  #forgetTotals(...positions: readonly Position[]): void {
    for (const { chunk } of positions) {
      const runs = this.#chunks[chunk];
      if (runs !== undefined) this.#totals.delete(runs);
    }
  }

  #runAt({ chunk, at }: Position): Run | undefined {
    return this.#chunks[chunk]?.[at];
  }

  #after({ chunk, at }: Position): Position {
    const isLast = at + 1 >= (this.#chunks[chunk]?.length ?? 0);
    return isLast && chunk + 1 < this.#chunks.length ? { chunk: chunk + 1, at: 0 } : { chunk, at: at + 1 };
  }

  #insertAfter({ chunk, at }: Position, run: Run): void {
    const runs = this.#chunks[chunk];
    if (runs === undefined) {
      this.#chunks.push([run]);
      return;
    }
    runs.splice(at + 1, 0, run);
    if (runs.length <= this.#longestChunk) return;
    this.#chunks.splice(chunk + 1, 0, runs.splice(runs.length >>> 1));
  }

  #delete({ chunk, at }: Position): void {
    const runs = this.#chunks[chunk] ?? [];
    runs.splice(at, 1);
    if (runs.length === 0) this.#chunks.splice(chunk, 1);
  }

  /** The last run whose first number is not above `value`; before the first run of all when there is none. */
  #lastStartingAtOrBefore(value: bigint): Position {
    const startsBy = (run: Run | undefined): boolean => run !== undefined && run.first <= value;
    const chunk = Math.max(
      0,
      lastThat(this.#chunks, (runs) => startsBy(runs?.[0])),
    );
    return { chunk, at: lastThat(this.#chunks[chunk] ?? [], startsBy) };
  }
}

function countWithin(runs: readonly Run[], range: IpRange): bigint {
  let count = 0n;
  for (const run of runs) {
    const first = run.first < range.first ? range.first : run.first;
    const last = run.last > range.last ? range.last : run.last;
    if (first <= last) count += last - first + 1n;
  }
  return count;
}

/** Index of the last item that fulfils what all before it fulfil as well; -1 when none does. */
function lastThat<T>(items: readonly T[], isFulfilled: (item: T | undefined) => boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isFulfilled(items[middle])) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
