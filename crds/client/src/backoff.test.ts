import { describe, expect, test } from "@jest/globals";
import { Backoff } from "./backoff.ts";

const options = { firstMs: 100, longestMs: 1_000 };

function waits(fraction: number, count: number): number[] {
  const backoff = new Backoff(options, { random: { fraction: () => fraction } });
  return Array.from({ length: count }, () => backoff.next());
}

describe("Backoff", () => {
  test("doubles up to the longest wait, within the upper half of each span", () => {
    expect(waits(0, 6)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(waits(0.999999, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test("stays at the longest wait after very many failures", () => {
    expect(waits(0, 2_000).at(-1)).toBe(500);
  });

  test("waits at least as long as the server asks, two minutes at most", () => {
    const backoff = new Backoff(options, { random: { fraction: () => 0 } });
    expect([backoff.next(700), backoff.next(10), backoff.next(10 ** 9)]).toEqual([700, 100, 120_000]);
  });

  test("counts anew after a reset", () => {
    const backoff = new Backoff(options, { random: { fraction: () => 0 } });
    backoff.next();
    backoff.next();
    expect(backoff.failures).toBe(2);
    backoff.reset();
    expect([backoff.next(), backoff.failures]).toEqual([50, 1]);
  });
});
