import { expect, test } from "@jest/globals";
import { ManualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

test("timers run in the order of their time, at their own instants, and ties in the order they were set", () => {
  const clock = new ManualClock({ startMillis: 1_000 });
  const heard: string[] = [];
  const hear = (name: string) => () => heard.push(`${name} at ${clock.now()}`);
  clock.after(20, hear("b"));
  clock.after(10, hear("a"));
  clock.after(20, hear("c"));
  clock.after(30, hear("later"));
  clock.advance(25);
  expect(heard).toEqual(["a at 1010", "b at 1020", "c at 1020"]);
  expect([clock.now(), clock.pendingTimers, clock.untilNextTimer]).toEqual([1_025, 1, 5]);
});

test("a timer that is set by a timer runs in the same advance when it is due", () => {
  const clock = new ManualClock();
  let ticks = 0;
  const tick = (): void => {
    ticks += 1;
    clock.after(10, tick);
  };
  clock.after(10, tick);
  clock.advance(35);
  expect(ticks).toBe(3);
});

test("a cancelled timer does not run, not even when another timer of the same moment cancels it", () => {
  const clock = new ManualClock();
  const heard: string[] = [];
  const cancels: (() => void)[] = [];
  clock.after(10, () => cancels.forEach((cancel) => cancel()));
  cancels.push(clock.after(10, () => heard.push("cancelled")));
  clock.advance(10);
  expect([heard, clock.pendingTimers, clock.untilNextTimer]).toEqual([[], 0, undefined]);
});

test("the wall clock moves along, written as MicroTime", () => {
  const clock = new ManualClock({ wallStart: "2026-11-22T08:00:00Z" });
  clock.advance(61_001);
  expect(clock.timestamp()).toBe("2026-11-22T08:01:01.001000Z");
});

test("a seed gives the same numbers always, in [0, 1), and another seed others", () => {
  const [a, again, b] = [seededRandom(1), seededRandom(1), seededRandom(2)];
  const numbers = Array.from({ length: 1_000 }, () => a.fraction());
  expect(numbers).toEqual(Array.from({ length: 1_000 }, () => again.fraction()));
  expect(numbers[0]).not.toBe(b.fraction());
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
  expect(numbers.reduce((sum, number) => sum + number, 0) / numbers.length).toBeCloseTo(0.5, 1);
});
