import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type BfdEnd, BfdPath } from "./testing/bfd-path.ts";
import { detectTime } from "./timing.ts";
import { type BfdSessionConfig } from "./types.ts";

// Two machines and a path between them, each with a clock of its own.

const anyInterval = fc.constantFrom(25, 50, 300, 1000, 2500);
const anyConfig: fc.Arbitrary<BfdSessionConfig> = fc.record({
  transmitInterval: anyInterval,
  receiveInterval: anyInterval,
  detectMultiplier: fc.integer({ min: 2, max: 6 }),
  passive: fc.constant(false),
  echoInterval: fc.constantFrom(undefined, 50, 300),
});
const anyDelay = fc.tuple(fc.nat(3), fc.nat(3)).map(([least, more]) => [least, least + more] as const);
const seed = fc.nat(1_000_000);

/** Longer than any session of these takes to come up without loss. */
const SETTLED = 10_000;

function pathOf(
  near: BfdSessionConfig,
  far: BfdSessionConfig,
  delay: readonly [number, number],
  number: number,
) {
  const path = new BfdPath(near, far, number);
  path.weather.delay = delay;
  return path;
}

/** How many times the state has changed from up. */
function downs(...ends: readonly BfdEnd[]): number {
  return ends.reduce((sum, { state }) => sum + state.downs, 0);
}

describe("two sessions", () => {
  test("come up, whoever is first and whatever they want, and stay up", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, anyDelay, seed, (near, far, delay, number) => {
        const path = pathOf(near, far, delay, number);
        path.input(path.near, { kind: "start" });
        path.run(number % 3000);
        path.input(path.far, { kind: "start" });
        path.run(SETTLED);
        expect(path.states).toEqual(["up", "up"]);
        path.run(20_000);
        expect([path.states, downs(path.near, path.far)]).toEqual([["up", "up"], 0]);
      }),
      { numRuns: 30 },
    );
  });

  test("go down within their detection times when nothing passes, and come back when it does", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, anyDelay, seed, (near, far, delay, number) => {
        const path = pathOf(near, far, delay, number).start().run(SETTLED);
        const longest = Math.max(detectTime(path.near.state) ?? 0, detectTime(path.far.state) ?? 0);
        path.cut();
        path.run(longest + delay[1] + 1);
        expect(path.states).toEqual(["down", "down"]);
        path.weather.passes = { near: true, far: true };
        path.run(SETTLED);
        expect([path.states, path.near.told.length]).toEqual([["up", "up"], 3]);
      }),
      { numRuns: 30 },
    );
  });

  test("go down both when one direction fails", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, anyDelay, seed, (near, far, delay, number) => {
        const path = pathOf({ ...near, echoInterval: undefined }, far, delay, number)
          .start()
          .run(SETTLED);
        path.weather.passes = { near: true, far: false };
        path.run((detectTime(path.near.state) ?? 0) + 2 * delay[1] + 1);
        expect(path.states).not.toContain("up");
      }),
      { numRuns: 25 },
    );
  });

  test("bear any changes of their parameters without going down", () => {
    const change = fc.tuple(fc.constantFrom("near", "far"), anyConfig, fc.nat(4000));
    fc.assert(
      fc.property(
        anyConfig,
        anyConfig,
        anyDelay,
        seed,
        fc.array(change, { minLength: 1, maxLength: 8 }),
        (near, far, delay, number, changes) => {
          const path = pathOf(near, far, delay, number).start().run(SETTLED);
          for (const [end, config, pause] of changes) {
            path.configure(end === "near" ? path.near : path.far, config);
            path.run(pause);
          }
          path.run(SETTLED);
          expect([path.states, downs(path.near, path.far)]).toEqual([["up", "up"], 0]);
          // What was wanted last is in force.
          for (const { state } of [path.near, path.far])
            expect([state.transmitBasis, state.polling]).toEqual([state.config.transmitInterval, "no"]);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("send no more often than the other can take, jitter allowed for", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, seed, (near, far, number) => {
        const path = pathOf(near, far, [1, 1], number).start().run(SETTLED);
        path.near.sent.length = 0;
        path.run(20_000);
        const interval = Math.max(near.transmitInterval, path.far.state.requiredMinRx);
        const gaps = path.near.sent.slice(1).map(({ at }, index) => at - (path.near.sent[index]?.at ?? 0));
        for (const gap of gaps) {
          expect(gap).toBeGreaterThanOrEqual(0.75 * interval - 0.001);
          expect(gap).toBeLessThanOrEqual(interval + 0.001);
        }
      }),
      { numRuns: 25 },
    );
  });

  test("are not up for long where most is lost, and never tell the same twice in a row", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, fc.constantFrom(0.3, 0.6, 0.95), seed, (near, far, loss, number) => {
        const path = pathOf(near, far, [1, 5], number);
        path.weather.loss = loss;
        path.start().run(60_000);
        for (const { told } of [path.near, path.far])
          for (const [index, { state }] of told.entries()) expect(state).not.toBe(told[index - 1]?.state);
        path.weather.loss = 0;
        path.run(30_000);
        expect(path.states).toEqual(["up", "up"]);
      }),
      { numRuns: 25 },
    );
  });

  test("begin anew when one of them was replaced without a word", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, anyDelay, seed, (near, far, delay, number) => {
        const path = pathOf(near, far, delay, number).start().run(SETTLED);
        const other = new BfdPath(near, far, number);
        Object.assign(path.near.state, { ...other.near.state, discriminator: 77 });
        path.near.timers.clear();
        path.input(path.near, { kind: "start" });
        path.run(20_000 + SETTLED);
        expect(path.states).toEqual(["up", "up"]);
      }),
      { numRuns: 30 },
    );
  });
});
