import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { WriteBudget } from "./write-budget.ts";

const perObject = { burst: 2, perSecond: 0.5 };
const total = { burst: 5, perSecond: 10 };

describe("the write budget", () => {
  test("lets a burst through and then one write per refill, per object", () => {
    const clock = new ManualClock();
    const budget = new WriteBudget({ perObject, total }, { clock });
    expect([budget.take("a"), budget.take("a"), budget.take("a")]).toEqual([0, 0, 2000]);
    expect(budget.take("b")).toBe(0);
    clock.advance(1999);
    expect(budget.take("a")).toBeGreaterThan(0);
    clock.advance(1);
    expect(budget.take("a")).toBe(0);
    expect(budget.take("a")).toBe(2000);
  });

  test("limits all objects together", () => {
    const clock = new ManualClock();
    const budget = new WriteBudget({ perObject, total }, { clock });
    const waits = ["a", "b", "c", "d", "e", "f"].map((object) => budget.take(object));
    expect(waits).toEqual([0, 0, 0, 0, 0, 100]);
    clock.advance(100);
    expect(budget.take("f")).toBe(0);
  });

  test("a waiting caller gets through when it comes back after the time it was told", () => {
    const clock = new ManualClock();
    const budget = new WriteBudget({ perObject: { burst: 1, perSecond: 3 }, total }, { clock });
    budget.take("a");
    for (let round = 0; round < 50; round++) {
      clock.advance(budget.take("a"));
      expect(budget.take("a")).toBe(0);
    }
  });
});
