import { expect, test } from "@jest/globals";
import { ageOf, formatAge } from "./age.ts";

test.each([
  [-5, "0s"],
  [0, "0s"],
  [119, "119s"],
  [120, "2m"],
  [185, "3m5s"],
  [600, "10m"],
  [3 * 3600 - 1, "179m"],
  [3 * 3600, "3h"],
  [3 * 3600 + 300, "3h5m"],
  [8 * 3600 + 300, "8h"],
  [47 * 3600, "47h"],
  [50 * 3600, "2d2h"],
  [8 * 86400 + 3600, "8d"],
  [400 * 86400, "400d"],
  [2 * 365 * 86400, "2y"],
  [3 * 365 * 86400 + 10 * 86400, "3y10d"],
  [9 * 365 * 86400, "9y"],
])("%d seconds are %s", (seconds, text) => {
  expect(formatAge(seconds * 1000)).toBe(text);
});

test("what is no time has no age", () => {
  expect(ageOf(undefined, 0)).toBe("<unknown>");
  expect(ageOf("yesterday", 0)).toBe("<unknown>");
});
