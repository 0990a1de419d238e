import { expect, test } from "@jest/globals";
import { lastBeginningBy } from "./sorted-ranges.ts";
import { type IpRange } from "./types.ts";

test("a look-up among 10 000 ranges reads a handful of them", () => {
  const ranges = Array.from({ length: 10_000 }, (_, index): IpRange => {
    const first = BigInt(index * 4);
    return { family: "IPv4", first, last: first + 1n };
  });
  let reads = 0;
  const counted = new Proxy(ranges, {
    get: (target, key, receiver) => {
      if (key !== "length") reads += 1;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  expect(lastBeginningBy(counted, "IPv4", 20_001n)).toBe(5_000);
  expect(reads).toBeLessThanOrEqual(14);
});
