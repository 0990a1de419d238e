import { expect, test } from "@jest/globals";
import {
  applyAwareness,
  retransmitLimit,
  suspicionMillis,
  suspicionTimeout,
  tableInterval,
} from "./timing.ts";

test.each([
  [0, 4_000],
  [3, 4_000],
  [10, 4_000],
  [50, 6_792],
  [100, 8_000],
  [500, 10_792],
  [1_000, 12_000],
])("suspicionTimeout (util.go): %i nodes", (nodes, millis) => {
  expect(suspicionTimeout(4, nodes, 1_000)).toBe(millis);
});

test.each([
  [0, 3, 30_000],
  [1, 3, 16_000],
  [2, 3, 7_810],
  [3, 3, 2_000],
  [4, 3, 2_000],
  [0, 0, 2_000],
])("remainingSuspicionTime (suspicion.go): %i of %i confirmations", (confirmations, wanted, millis) => {
  const bounds = { minimumMillis: 2_000, maximumMillis: 30_000 };
  expect(suspicionMillis(confirmations, wanted, bounds)).toBe(millis);
});

test.each([
  [1, 4],
  [9, 4],
  [10, 8],
  [99, 8],
  [100, 12],
])("retransmitLimit (util.go): %i nodes", (nodes, limit) => {
  expect(retransmitLimit(4, nodes)).toBe(limit);
});

test.each([
  [1, 1],
  [32, 1],
  [33, 2],
  [64, 2],
  [65, 3],
  [1_024, 6],
])("pushPullScale (util.go): %i nodes", (nodes, times) => {
  expect(tableInterval(1_000, nodes)).toBe(times * 1_000);
});

test.each([
  [0, -1, 0],
  [0, 1, 1],
  [7, 1, 7],
  [3, -5, 0],
])("ApplyDelta (awareness.go): %i and %i", (score, delta, then) => {
  expect(applyAwareness(score, delta, 8)).toBe(then);
});
