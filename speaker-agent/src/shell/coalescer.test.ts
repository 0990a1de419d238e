import { describe, expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import { ManualClock } from "@steelyard/model/testing";
import { Coalescer } from "./coalescer.ts";

function harness(runTime = 0) {
  const manual = new ManualClock();
  let spent = 0;
  const clock = {
    now: () => (manual.now() + spent) as Instant,
    timestamp: () => manual.timestamp(),
    after: (delay: number, run: () => void) => manual.after(delay, run),
    advance: (millis: number) => manual.advance(millis),
  };
  const runs: number[] = [];
  const coalescer: Coalescer = new Coalescer(
    { pauseMs: 20, pausePerRunTime: 4, longestPauseMs: 1000 },
    {
      clock,
      run: () => {
        runs.push(clock.now());
        spent += runTime;
      },
    },
  );
  const start = clock.now();
  return { clock, coalescer, runs: () => runs.map((at) => at - start) };
}

describe("Coalescer", () => {
  test("the first request after a quiet time runs without delay, once for all that came together", () => {
    const { clock, coalescer, runs } = harness();
    coalescer.request();
    coalescer.request();
    expect(runs()).toEqual([]);
    clock.advance(0);
    expect(runs()).toEqual([0]);
    clock.advance(1000);
    expect(runs()).toEqual([0]);
  });

  test("the next one waits for the pause", () => {
    const { clock, coalescer, runs } = harness();
    coalescer.request();
    clock.advance(0);
    coalescer.request();
    clock.advance(19);
    expect(runs()).toEqual([0]);
    expect(coalescer.waitingSince).toBeDefined();
    clock.advance(1);
    expect(runs()).toEqual([0, 20]);
    expect(coalescer.waitingSince).toBeUndefined();
  });

  test("a long run is followed by a pause in proportion", () => {
    const { clock, coalescer, runs } = harness(50);
    coalescer.request();
    clock.advance(0);
    coalescer.request();
    clock.advance(199);
    expect(runs()).toEqual([0]);
    clock.advance(1);
    expect(runs()).toEqual([0, 250]);
  });

  test("but not by one that is longer than the longest", () => {
    const { clock, coalescer, runs } = harness(5000);
    coalescer.request();
    clock.advance(0);
    coalescer.request();
    clock.advance(1000);
    expect(runs()).toEqual([0, 6000]);
  });

  test("a request during a run is not lost, nor is one after a run that threw", () => {
    const clock = new ManualClock();
    let runs = 0;
    const coalescer: Coalescer = new Coalescer(
      { pauseMs: 20, pausePerRunTime: 0 },
      {
        clock,
        run: () => {
          runs += 1;
          if (runs === 1) coalescer.request();
          if (runs === 2) throw new Error("second");
        },
      },
    );
    coalescer.request();
    clock.advance(0);
    expect(() => clock.advance(20)).toThrow("second");
    coalescer.request();
    clock.advance(20);
    expect(runs).toBe(3);
  });

  test("after stop nothing runs any more", () => {
    const { clock, coalescer, runs } = harness();
    coalescer.request();
    coalescer.stop();
    coalescer.request();
    clock.advance(1000);
    expect(runs()).toEqual([]);
  });
});
