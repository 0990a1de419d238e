import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ip } from "../../wire/testing/ip.ts";
import { addToTally, keepInTally, readTally } from "./tally.ts";
import { initialAnnouncerState } from "./types.ts";

const addresses = ["192.0.2.10", "192.0.2.9", "2001:db8::1"].map(ip);
const inOrder = ["192.0.2.9", "192.0.2.10", "2001:db8::1"].map(ip);

test("counts like a plain table, however many and in whatever order", () => {
  const kinds = fc.constantFrom("requests", "responses", "gratuitous");
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2), kinds, fc.nat(3)), { maxLength: 700 }), (additions) => {
      const plain = new Map<number, Record<string, number>>();
      let { tally } = initialAnnouncerState;
      for (const [which, kind, count] of additions) {
        const address = addresses[which] ?? ip("::");
        tally = addToTally(tally, address, { [kind]: count });
        const row = plain.get(which) ?? { requests: 0, responses: 0, gratuitous: 0 };
        plain.set(which, { ...row, [kind]: (row[kind] ?? 0) + count });
      }
      // Sorted by number, IPv4 before IPv6.
      const expected = [1, 0, 2].flatMap((which) => {
        const row = plain.get(which);
        return row === undefined ? [] : [{ address: addresses[which], ...row }];
      });
      expect(readTally(tally, inOrder)).toEqual(expected);
      expect(tally.recentLength).toBeLessThan(256);
    }),
    { numRuns: 50 },
  );
});

test("an older tally keeps its counts", () => {
  const one = addToTally(initialAnnouncerState.tally, ip("192.0.2.10"), { requests: 1 });
  addToTally(one, ip("192.0.2.10"), { requests: 5 });
  expect(readTally(one, inOrder)).toEqual([
    { address: ip("192.0.2.10"), requests: 1, responses: 0, gratuitous: 0 },
  ]);
});

test("an address that is not announced any more is forgotten; the others keep their counts", () => {
  const [kept, gone] = [ip("192.0.2.10"), ip("2001:db8::1")];
  const both = addToTally(addToTally(initialAnnouncerState.tally, kept, { requests: 1 }), gone, {
    responses: 2,
  });
  expect(
    readTally(
      keepInTally(both, (key) => key === "192.0.2.10"),
      inOrder,
    ),
  ).toEqual([{ address: kept, requests: 1, responses: 0, gratuitous: 0 }]);
  // Nothing to forget: the very same value, so that no report is due.
  expect(keepInTally(both, () => true)).toBe(both);
});
