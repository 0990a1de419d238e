import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { TakenRuns } from "./taken-runs.ts";

const range = (first: bigint, last: bigint) => ({ family: "IPv4" as const, first, last });

describe("taken runs", () => {
  test("agree with a plain set under any history", () => {
    const number = fc.bigInt({ min: 0n, max: 30n });
    const history = fc.array(fc.record({ add: fc.boolean(), value: number }), { maxLength: 60, size: "max" });
    fc.assert(
      fc.property(history, number, number, (steps, a, b) => {
        const runs = new TakenRuns({ longestChunk: 3 });
        const set = new Set<bigint>();
        for (const { add, value } of steps) {
          if (add) runs.add(value);
          else runs.remove(value);
          if (add) set.add(value);
          else set.delete(value);
          expect(runs.count(range(0n, 30n))).toBe(BigInt(set.size));
        }
        const [first, last] = a < b ? [a, b] : [b, a];
        const all = Array.from({ length: Number(last - first) + 1 }, (_, offset) => first + BigInt(offset));
        for (const from of all)
          expect(runs.lowestGap(range(first, last), from)).toBe(
            all.find((value) => value >= from && !set.has(value)),
          );
        expect(runs.count(range(first, last))).toBe(BigInt(all.filter((value) => set.has(value)).length));
        expect(all.filter((value) => runs.has(value))).toEqual(all.filter((value) => set.has(value)));
      }),
    );
  });

  test("finds the next address of a full /64 minus nothing without walking it", () => {
    const runs = new TakenRuns();
    const network = 0x2001_0db8n << 96n;
    const whole = range(network, network + (1n << 64n) - 1n);
    for (let host = 0n; host < 20_000n; host++) runs.add(network + host);
    expect(runs.lowestGap(whole)).toBe(network + 20_000n);
    expect(runs.count(whole)).toBe(20_000n);
  });
});
