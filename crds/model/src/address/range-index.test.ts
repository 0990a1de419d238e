import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { RangeIndex } from "./range-index.ts";
import { smallRanges, smallWorld } from "./testing/arbitraries.ts";
import { type IpRange } from "./types.ts";

function overlap(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

/** The same promises kept with a list that is searched from end to end. */
class DumbIndex {
  entries: { range: IpRange; value: number }[] = [];

  add(range: IpRange, value: number): boolean {
    if (this.entries.some((entry) => overlap(entry.range, range))) return false;
    this.entries.push({ range, value });
    return true;
  }

  remove(range: IpRange): boolean {
    const before = this.entries.length;
    this.entries = this.entries.filter(
      (entry) =>
        !(
          overlap(entry.range, range) &&
          entry.range.first === range.first &&
          entry.range.last === range.last
        ),
    );
    return this.entries.length < before;
  }
}

test("a history of additions and removals, against a list", () => {
  fc.assert(
    fc.property(smallRanges, smallRanges, (added, removed) => {
      const index = new RangeIndex<number>();
      const dumb = new DumbIndex();
      for (const [value, range] of added.entries())
        expect(index.add(range, value)).toBe(dumb.add(range, value));
      for (const range of [...removed, ...added.slice(0, 3)])
        expect(index.remove(range)).toBe(dumb.remove(range));
      for (const { family, value } of smallWorld) {
        const here = dumb.entries.find(({ range }) => overlap(range, { family, first: value, last: value }));
        expect(index.at({ family, value })).toBe(here?.value);
      }
      for (const range of removed) {
        const found = dumb.entries.filter((entry) => overlap(entry.range, range)).map(({ value }) => value);
        expect(
          index
            .overlapping(range)
            .map(({ value }) => value)
            .sort(),
        ).toEqual(found.sort());
      }
    }),
    { numRuns: 300 },
  );
});
