import { type IpFamily, type IpRange } from "./types.ts";

/** For sort: IPv4 before IPv6, then by first address. */
export function compareIpRanges(a: IpRange, b: IpRange): -1 | 0 | 1 {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1;
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}

/** Where in sorted ranges the last one stands that begins at or before the address; -1 when all begin after it. */
export function lastBeginningBy(ranges: readonly IpRange[], family: IpFamily, value: bigint): number {
  const point: IpRange = { family, first: value, last: value };
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const range = ranges[middle];
    if (range && compareIpRanges(range, point) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Sorted and disjoint; ranges that overlap or touch become one. */
export function mergeRanges(ranges: Iterable<IpRange>): IpRange[] {
  const merged: IpRange[] = [];
  for (const range of [...ranges].sort(compareIpRanges)) {
    const previous = merged.at(-1);
    if (previous?.family === range.family && range.first <= previous.last + 1n) {
      const last = range.last > previous.last ? range.last : previous.last;
      merged[merged.length - 1] = Object.freeze({ ...previous, last });
    } else {
      merged.push(Object.freeze({ family: range.family, first: range.first, last: range.last }));
    }
  }
  return merged;
}

/** What is in both; both lists sorted and disjoint, and so is the result. One pass over each. */
export function intersectRanges(ours: readonly IpRange[], theirs: readonly IpRange[]): IpRange[] {
  const common: IpRange[] = [];
  for (let i = 0, j = 0; ;) {
    const [a, b] = [ours[i], theirs[j]];
    if (!a || !b) return common;
    const overlap = overlapOf(a, b);
    if (overlap) common.push(overlap);
    if (endsFirst(a, b)) i += 1;
    else j += 1;
  }
}

/** What is in `ours` and not in `theirs`; both lists sorted and disjoint, and so is the result. */
export function subtractRanges(ours: readonly IpRange[], theirs: readonly IpRange[]): IpRange[] {
  const rest: IpRange[] = [];
  let next = 0;
  for (const range of ours) {
    let from = range.first;
    for (; ; next += 1) {
      const hole = theirs[next];
      const overlap = hole && overlapOf(range, hole);
      if (overlap) {
        if (overlap.first > from) rest.push({ ...range, first: from, last: overlap.first - 1n });
        from = overlap.last + 1n;
      }
      // A hole that reaches beyond this range is looked at again for the next one.
      if (!hole || !endsFirst(hole, range)) break;
    }
    if (from <= range.last) rest.push({ ...range, first: from });
  }
  return rest.map((range) => Object.freeze(range));
}

function overlapOf(a: IpRange, b: IpRange): IpRange | undefined {
  if (a.family !== b.family) return undefined;
  const first = a.first > b.first ? a.first : b.first;
  const last = a.last < b.last ? a.last : b.last;
  return first <= last ? Object.freeze({ family: a.family, first, last }) : undefined;
}

function endsFirst(a: IpRange, b: IpRange): boolean {
  return a.family === b.family ? a.last < b.last : a.family === "IPv4";
}
