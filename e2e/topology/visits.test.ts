import { expect, test } from "@jest/globals";
import { outageAfter, reportOn, type Visit } from "./visits.ts";

const visit = (at: number, outcome: Visit["outcome"] = "answered", millis = 1, by = "pod1"): Visit => ({
  at,
  millis,
  outcome,
  ...(outcome === "answered" ? { by } : {}),
});

test("an outage lasts from the event to the end of the first good connection after the first bad one", () => {
  const visits = [visit(0), visit(5, "silent", 900), visit(10, "silent", 900), visit(15, "answered", 2)];
  expect(outageAfter(visits, 3)).toBe(14);
});

test("an event that costs no connection is no outage, and one without an end has no length yet", () => {
  expect(outageAfter([visit(0), visit(5), visit(10)], 3)).toBe(0);
  expect(outageAfter([visit(0), visit(5, "refused")], 3)).toBeUndefined();
});

test("a connection that was under way when it happened belongs to the outage", () => {
  expect(outageAfter([visit(0, "cut", 8), visit(5, "silent", 900), visit(20)], 4)).toBe(17);
});

test("the report tells what was never connected from what was broken, and finds the longest gap", () => {
  const visits = [
    visit(0),
    visit(5, "cut"),
    visit(10, "silent", 900),
    visit(15, "answered", 3, "pod2"),
    visit(20),
  ];
  expect(reportOn(visits)).toEqual({
    visits: 5,
    answered: 3,
    lost: 1,
    cut: 1,
    longestGapMillis: 15,
    slowestMillis: 3,
    pods: ["pod1", "pod2"],
  });
});

test("an outage that lasts to the end is a gap as well", () => {
  expect(reportOn([visit(0), visit(5, "silent"), visit(30, "silent")]).longestGapMillis).toBe(30);
});
