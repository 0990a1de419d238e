import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { WritePace } from "./write-pace.ts";

test("writes of one object are kept apart, those of others are not", () => {
  const clock = new ManualClock();
  const pace = new WritePace(1000, { clock });
  expect(pace.waitMs("edge")).toBe(0);
  pace.note("edge");
  clock.advance(400);
  expect([pace.waitMs("edge"), pace.waitMs("core")]).toEqual([600, 0]);
  clock.advance(600);
  expect(pace.waitMs("edge")).toBe(0);
});

test("a namesake does not wait for what is gone", () => {
  const pace = new WritePace(1000, { clock: new ManualClock() });
  pace.note("edge");
  pace.forget("edge");
  expect(pace.waitMs("edge")).toBe(0);
});
