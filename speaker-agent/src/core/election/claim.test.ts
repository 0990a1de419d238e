import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { EPOCH_SPAN, FIRST_EPOCH, isLaterEpoch, nextEpoch } from "./claim.ts";

const anyEpoch = fc.oneof(
  fc.integer({ min: 0, max: EPOCH_SPAN - 1 }),
  fc.constantFrom(0, 1, EPOCH_SPAN / 2 - 1, EPOCH_SPAN / 2, EPOCH_SPAN - 1),
);

test.each<[number, number, boolean]>([
  [2, 1, true],
  [1, 2, false],
  [1, 1, false],
  [0, EPOCH_SPAN - 1, true],
  [EPOCH_SPAN - 1, 0, false],
  [EPOCH_SPAN / 2 - 1, 0, true],
  [EPOCH_SPAN / 2, 0, false],
])("%d later than %d: %p", (left, right, expected) => {
  expect(isLaterEpoch(left, right)).toBe(expected);
});

test("whatever a broken peer says, the next epoch beats it", () => {
  fc.assert(
    fc.property(anyEpoch, (epoch) => {
      const next = nextEpoch(epoch);
      expect(next).toBeLessThan(EPOCH_SPAN);
      expect(isLaterEpoch(next, epoch)).toBe(true);
    }),
  );
});

test("never are both the later one", () => {
  fc.assert(
    fc.property(anyEpoch, anyEpoch, (left, right) => {
      expect(isLaterEpoch(left, right) && isLaterEpoch(right, left)).toBe(false);
    }),
  );
});

test("the first epoch is later than none", () => {
  expect(isLaterEpoch(FIRST_EPOCH, 0)).toBe(true);
});
