import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { usualBudget, WriteBudget, type WriteBudgetOptions } from "./write-budget.ts";

const perObject = { burst: 2, perSecond: 0.5 };
const total = { burst: 5, perSecond: 10 };

function rig(options: WriteBudgetOptions = { perObject, total }) {
  const clock = new ManualClock();
  const known = { objects: 0 };
  const budget = new WriteBudget(options, { clock, knownObjects: () => known.objects });
  /** How many writes get through at once, each on an object of its own. */
  const burst = (prefix: string): number => {
    let writes = 0;
    while (budget.take(`${prefix}${writes}`) === 0) writes += 1;
    return writes;
  };
  return { clock, known, budget, burst };
}

describe("the write budget", () => {
  test("lets a burst through and then one write per refill, per object", () => {
    const { clock, budget } = rig();
    expect([budget.take("a"), budget.take("a"), budget.take("a")]).toEqual([0, 0, 2000]);
    expect(budget.take("b")).toBe(0);
    clock.advance(1999);
    expect(budget.take("a")).toBeGreaterThan(0);
    clock.advance(1);
    expect(budget.take("a")).toBe(0);
    expect(budget.take("a")).toBe(2000);
  });

  test("limits all objects together", () => {
    const { clock, budget } = rig();
    const waits = ["a", "b", "c", "d", "e", "f"].map((object) => budget.take(object));
    expect(waits).toEqual([0, 0, 0, 0, 0, 100]);
    clock.advance(100);
    expect([budget.remaining, budget.take("f"), budget.remaining]).toEqual([1, 0, 0]);
  });

  test("a waiting caller gets through when it comes back after the time it was told", () => {
    const { clock, budget } = rig({ perObject: { burst: 1, perSecond: 3 }, total });
    budget.take("a");
    for (let round = 0; round < 50; round++) {
      clock.advance(budget.take("a"));
      expect(budget.take("a")).toBe(0);
    }
  });

  test("what changed nothing on the server is given back, and never more than that", () => {
    const { budget, burst } = rig();
    for (let round = 0; round < 100; round++) {
      expect(budget.take("a")).toBe(0);
      budget.giveBack("a");
    }
    budget.giveBack("a");
    budget.giveBack("never taken");
    expect([budget.take("a"), budget.take("a"), budget.take("a")]).toEqual([0, 0, 2000]);
    expect(burst("b")).toBe(3);
  });
});

describe("the usual budget", () => {
  test("lets every object of a large cluster be written twice at once, and is spent after that", () => {
    const { clock, known, burst } = rig(usualBudget);
    known.objects = 10_000;
    expect(burst("start")).toBe(20_500);
    clock.advance(1000);
    expect(burst("second")).toBe(100);
  });

  test("grows with objects that come while it is spent, and shrinks with those that go", () => {
    const { known, budget, burst } = rig(usualBudget);
    expect(burst("start")).toBe(500);
    known.objects = 1_000;
    expect(burst("newcomers")).toBe(2_000);
    known.objects = 0;
    expect(budget.remaining).toBe(0);
  });

  test("gives a fight over one object six writes a minute", () => {
    const { clock, budget } = rig(usualBudget);
    let writes = 0;
    for (let second = 0; second < 3_600; second++) {
      if (budget.take("fought over") === 0) writes += 1;
      clock.advance(1000);
    }
    expect(writes).toBeLessThanOrEqual(20 + 6 * 60);
    expect(writes).toBeGreaterThanOrEqual(20 + 6 * 60 - 2);
  });
});
