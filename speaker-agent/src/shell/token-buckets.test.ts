import { expect, jest, test } from "@jest/globals";
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

test("ten thousand keys at once cost ten thousand looks, not their square", () => {
  const clock = new ManualClock();
  const buckets = new TokenBuckets({ burst: 25, refillMs: 300_000 }, { clock });
  const looks = jest.spyOn(Map.prototype, Symbol.iterator);
  try {
    for (let key = 0; key < 10_000; key++) buckets.take(String(key));
    expect(looks).toHaveBeenCalledTimes(1);
  } finally {
    looks.mockRestore();
  }
});
