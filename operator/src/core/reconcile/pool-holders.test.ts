import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { PoolHolders } from "./pool-holders.ts";

test("a Service with two addresses of a pool counts once, and in each pool it has an address of", () => {
  const holders = new PoolHolders();
  holders.set("shop/a", ["edge", "edge"]);
  holders.set("shop/b", ["edge", "core"]);
  expect([holders.count("edge"), holders.count("core"), holders.count("none")]).toEqual([2, 1, 0]);
});

test("agrees with a plain count under any history", () => {
  const step = fc.record({
    service: fc.constantFrom("shop/a", "shop/b", "shop/c"),
    pools: fc.array(fc.constantFrom("edge", "core"), { maxLength: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const holders = new PoolHolders();
      const plain = new Map<string, readonly string[]>();
      for (const { service, pools } of steps) {
        holders.set(service, pools);
        plain.set(service, pools);
      }
      for (const pool of ["edge", "core"])
        expect(holders.count(pool)).toBe([...plain.values()].filter((held) => held.includes(pool)).length);
    }),
  );
});
