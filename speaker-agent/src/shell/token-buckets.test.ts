import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { TokenBuckets } from "./token-buckets.ts";

test("a key may speak in a burst, then once per refill; other keys are not concerned", () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets({ burst: 3, refillMs: 1000 }, { clock });
  const take = (key: string, times: number) => Array.from({ length: times }, () => buckets.take(key));
  expect(take("a", 4)).toEqual([true, true, true, false]);
  expect(take("b", 1)).toEqual([true]);
  clock.advance(999);
  expect(take("a", 1)).toEqual([false]);
  clock.advance(1);
  expect(take("a", 2)).toEqual([true, false]);
  clock.advance(60_000);
  expect(take("a", 4)).toEqual([true, true, true, false]);
});
