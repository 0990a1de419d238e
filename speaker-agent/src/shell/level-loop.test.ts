import { describe, expect, test } from "@jest/globals";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { LevelLoop, type PassOutcome } from "./level-loop.ts";

/** Lets promises settle; no timer of the loop is involved. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

function harness(outcomes: PassOutcome[] = []) {
  const clock = new ManualClock();
  const passes: number[] = [];
  const loop = new LevelLoop(
    { pauseMs: 1000 },
    {
      clock,
      random: seededRandom(7),
      pass: async () => {
        passes.push(clock.now());
        await Promise.resolve();
        return outcomes.shift() ?? { kind: "done" };
      },
    },
  );
  const advance = async (millis: number) => {
    await settle();
    clock.advance(millis);
    await settle();
  };
  return { loop, passes, advance, clock };
}

describe("LevelLoop", () => {
  test("the first pass comes at once, the next after the pause, however often it was requested", async () => {
    const { loop, passes, advance } = harness();
    loop.request();
    loop.request();
    await advance(0);
    expect(passes).toEqual([0]);
    loop.request();
    loop.request();
    await advance(999);
    expect(passes).toEqual([0]);
    await advance(1);
    expect(passes).toEqual([0, 1000]);
    await advance(60_000);
    expect(passes).toEqual([0, 1000]);
    loop.request();
    await advance(0);
    expect(passes).toEqual([0, 1000, 61_000]);
  });

  test("a failing other side is asked less and less, even when there is more to do", async () => {
    const retry: PassOutcome = { kind: "retry", retryAfterMs: undefined };
    const { loop, passes, advance } = harness([retry, retry, retry, { kind: "retry", retryAfterMs: 30_000 }]);
    loop.request();
    for (let second = 0; second < 120; second += 1) {
      loop.request();
      await advance(1000);
    }
    const distances = passes.slice(1, 5).map((at, index) => at - (passes[index] ?? 0));
    expect(distances[0]).toBe(1000);
    expect(distances[1]).toBeGreaterThanOrEqual(1000);
    expect(distances[2]).toBeGreaterThanOrEqual(2000);
    expect(distances[3]).toBe(30_000);
  });

  test("looks again by itself when asked to, unless something comes before", async () => {
    const { loop, passes, advance } = harness([{ kind: "again", afterMs: 60_000 }]);
    loop.request();
    await advance(59_999);
    expect(passes).toEqual([0]);
    await advance(1);
    expect(passes).toEqual([0, 60_000]);
  });

  test("stop waits for the pass under way and lets no other begin", async () => {
    const { loop, passes, advance, clock } = harness([{ kind: "again", afterMs: 5000 }]);
    loop.request();
    await settle();
    await loop.stop();
    loop.request();
    await advance(60_000);
    expect(passes).toEqual([0]);
    expect(clock.pendingTimers).toBe(0);
  });
});
