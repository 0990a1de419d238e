import { describe, expect, test } from "@jest/globals";
import { findCondition, withCondition, withoutCondition, type Condition } from "./conditions.ts";

const early = "2026-11-22T08:00:00Z";
const now = "2026-11-22T09:00:00Z";

const ready: Condition = {
  type: "Ready",
  status: "True",
  lastTransitionTime: early,
  reason: "Up",
  message: "all is well",
};
const other: Condition = { ...ready, type: "Other" };

describe("withCondition", () => {
  test("adds a type that is not there, to nothing or to the end", () => {
    expect(withCondition(undefined, { ...ready, lastTransitionTime: now })).toEqual([
      { ...ready, lastTransitionTime: now },
    ]);
    expect(withCondition([other], ready)).toEqual([other, ready]);
  });

  test("gives back the same list when only the time differs", () => {
    const existing = [other, ready];
    expect(withCondition(existing, { ...ready, lastTransitionTime: now })).toBe(existing);
  });

  test.each([{ reason: "Fine" }, { message: "all is still well" }, { observedGeneration: 2 }])(
    "%j with the same status keeps the time of the last transition",
    (change) => {
      const next = { ...ready, ...change, lastTransitionTime: now };
      expect(withCondition([ready, other], next)).toEqual([{ ...ready, ...change }, other]);
    },
  );

  test("another status is a transition, in the place of the one before", () => {
    const next: Condition = { ...ready, status: "False", lastTransitionTime: now };
    expect(withCondition([ready, other], next)).toEqual([next, other]);
  });

  test("times are written in seconds, as metav1.Time is read back", () => {
    const next = { ...ready, lastTransitionTime: "2026-11-22T09:00:00.123456Z" };
    expect(withCondition([], next)).toEqual([{ ...ready, lastTransitionTime: now }]);
    expect(withCondition([ready], { ...next, status: "Unknown" })).toMatchObject([
      { lastTransitionTime: now },
    ]);
  });

  test("the second time nothing is to be written", () => {
    const once = withCondition([other], { ...ready, lastTransitionTime: now });
    expect(withCondition(once, { ...ready, lastTransitionTime: "2026-11-22T10:00:00Z" })).toBe(once);
  });
});

test("a type can be found and taken out", () => {
  const existing = [ready, other];
  expect(findCondition(existing, "Other")).toBe(other);
  expect(findCondition(undefined, "Other")).toBeUndefined();
  expect(withoutCondition(existing, "Ready")).toEqual([other]);
  expect(withoutCondition(existing, "Absent")).toBe(existing);
});
