import { expect, test } from "@jest/globals";
import { nodeLabelOf } from "./node-label.ts";
import { sha256 } from "./testing/sha256.ts";

const long = (end: string): string => `${"rack-7.".repeat(10)}${end}`;

test.each([
  ["node-a", "node-a"],
  ["n".repeat(63), "n".repeat(63)],
  ["n".repeat(64), `${"n".repeat(46)}-ce068a195ab380a8`],
  [long("a"), "rack-7.rack-7.rack-7.rack-7.rack-7.rack-7.rack-09cf7d0b60363379"],
])("%s: %s", (nodeName, expected) => {
  expect(nodeLabelOf(nodeName, { sha256 })).toBe(expected);
});

test("what is cut is still a label value, and differs where the names do", () => {
  const values = ["a", "b", "a.example"].map((end) => nodeLabelOf(long(end), { sha256 }));
  for (const value of values) expect(value).toMatch(/^[a-z0-9]([-.a-z0-9]{0,61}[a-z0-9])?$/);
  expect(new Set(values).size).toBe(3);
});
