import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { parseGoDuration } from "./go-duration.ts";

const SECOND = 1_000_000_000n;

test.each<[string, bigint | undefined]>([
  ["0", 0n],
  ["0s", 0n],
  ["90s", 90n * SECOND],
  ["1m30s", 90n * SECOND],
  ["1h0m0s", 3600n * SECOND],
  ["1.5s", 1_500_000_000n],
  [".5s", 500_000_000n],
  ["2.s", 2n * SECOND],
  ["250ms", 250_000_000n],
  ["3us", 3_000n],
  ["3µs", 3_000n],
  ["3μs", 3_000n],
  ["7ns", 7n],
  ["1.9ns", 1n],
  ["-10s", -10n * SECOND],
  ["+10s", 10n * SECOND],
  ["9223372036854775807ns", 2n ** 63n - 1n],
  ["9223372036854775808ns", undefined],
  ["2562048h", undefined],
  ["", undefined],
  ["-", undefined],
  ["10", undefined],
  ["s", undefined],
  [".s", undefined],
  ["10 s", undefined],
  ["10s ", undefined],
  ["1d", undefined],
  ["1,5s", undefined],
  ["1e3s", undefined],
  ["--1s", undefined],
  ["1s-1s", undefined],
])("%j is %s nanoseconds", (text, nanoseconds) => {
  expect(parseGoDuration(text)).toBe(nanoseconds);
});

test("any text is either a duration or none", () => {
  const unit = fc.constantFrom("s", "ms", "h", ".", "-", "1", "0", " ", "x");
  fc.assert(
    fc.property(fc.string({ unit }), (text) =>
      ["bigint", "undefined"].includes(typeof parseGoDuration(text)),
    ),
  );
});

test("a duration of any whole seconds reads back", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 9_000_000_000n }), (seconds) => {
      const text = `${seconds / 3600n}h${(seconds / 60n) % 60n}m${seconds % 60n}s`;
      return parseGoDuration(text) === seconds * SECOND;
    }),
  );
});
