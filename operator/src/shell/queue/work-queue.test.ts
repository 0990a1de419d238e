import { describe, expect, test } from "@jest/globals";
import { ManualClock, seededRandom } from "@steelyard/model/testing";
import { WriteFailure } from "../../ports/cluster-writer.ts";
import { again, done, type Outcome, outdated, refused, shutOut } from "./outcome.ts";
import { RememberingLog } from "../testing/remembering-log.ts";
import { turn } from "../testing/turn.ts";
import { type Work, type WorkContext, type Worked, WorkQueue } from "./work-queue.ts";

/** A queue whose work ends when the test says so. */
function rig(options: { workers?: number } = {}) {
  const clock = new ManualClock();
  const log = new RememberingLog();
  const begun: string[] = [];
  const contexts: WorkContext[] = [];
  const ends: ((outcome: Outcome | Error) => void)[] = [];
  const work: Work = (key, context) => {
    begun.push(key);
    contexts.push(context);
    return new Promise((resolve, reject) => {
      ends.push((outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
    });
  };
  const api = { takesWrites: true };
  const worked: Worked[] = [];
  const onWorked = (result: Worked): void => void worked.push(result);
  const deps = { clock, random: seededRandom(1), log, takesWrites: () => api.takesWrites, onWorked };
  const queue = new WorkQueue({ kind: "Service", workers: options.workers ?? 1 }, work, deps);
  const end = async (outcome: Outcome | Error): Promise<void> => {
    ends.shift()?.(outcome);
    await turn();
  };
  return { clock, log, api, worked, queue, begun, contexts, end };
}

describe("a work queue", () => {
  test("works on a key once, however often it is added, in the order of arrival", async () => {
    const { queue, begun, end } = rig();
    for (const key of ["a", "b", "a", "b"]) queue.add(key);
    queue.start();
    await turn();
    await end(done);
    await end(done);
    expect(begun).toEqual(["a", "b"]);
    expect(queue.keys).toEqual({ ready: 0, working: 0, delayed: 0, shutOut: 0 });
  });

  test("works once more on a key that was added meanwhile, and never twice at the same time", async () => {
    const { queue, begun, end } = rig({ workers: 2 });
    queue.start();
    queue.add("a");
    await turn();
    queue.add("a");
    queue.add("a");
    await turn();
    expect(begun).toEqual(["a"]);
    await end(done);
    expect(begun).toEqual(["a", "a"]);
    await end(done);
    expect(begun).toEqual(["a", "a"]);
  });

  test("has as many at work as it has workers", async () => {
    const { queue, begun, end } = rig({ workers: 2 });
    queue.start();
    for (const key of ["a", "b", "c"]) queue.add(key);
    await turn();
    expect(begun).toEqual(["a", "b"]);
    await end(done);
    expect(begun).toEqual(["a", "b", "c"]);
  });

  test("tries again after what is thrown, later and later, up to a minute, and counts the attempts", async () => {
    const { queue, clock, contexts, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 16; attempt++) {
      await end(new Error("no"));
      delays.push(clock.untilNextTimer ?? 0);
      clock.advance(60_000);
      await turn();
    }
    expect(contexts.map(({ attempt }) => attempt)).toEqual(
      Array.from({ length: 17 }, (_, index) => index + 1),
    );
    delays.forEach((delay, index) => {
      const full = Math.min(60_000, 5 * 2 ** index);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    });
    await end(done);
    queue.add("a");
    await turn();
    expect(contexts.at(-1)?.attempt).toBe(1);
  });

  test("looks again after the time that the work names, or at once when the key is added", async () => {
    const { queue, clock, begun, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    await end(again(100));
    clock.advance(99);
    await turn();
    expect(begun).toHaveLength(1);
    clock.advance(1);
    await turn();
    expect(begun).toHaveLength(2);
    await end(again(100));
    queue.add("a");
    await turn();
    await end(done);
    clock.advance(1000);
    await turn();
    expect(begun).toHaveLength(3);
  });

  test.each<[string, Outcome | Error, number]>([
    ["a write that failed", new WriteFailure("reset"), 5],
    ["an outdated copy", outdated, 25],
  ])("tries again after %s, later and later, up to 3 s", async (_name, ending, firstMs) => {
    const { queue, clock, contexts, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    for (let attempt = 0; attempt < 14; attempt++) {
      await end(ending);
      const full = Math.min(3_000, firstMs * 2 ** attempt);
      const delay = clock.untilNextTimer ?? 0;
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
      clock.advance(delay);
      await turn();
    }
    await end(done);
    queue.add("a");
    await turn();
    expect(contexts.at(-1)?.attempt).toBe(1);
  });

  test("a change of the object ends the wait for a newer copy", async () => {
    const { queue, clock, begun, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    await end(outdated);
    queue.add("a");
    await turn();
    expect(begun).toEqual(["a", "a"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("waits at least as long as the API server asks", async () => {
    const { queue, clock, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    await end(new WriteFailure("too many requests", { retryAfterMs: 20_000 }));
    expect(clock.untilNextTimer).toBe(20_000);
  });

  test("never turns without a breath, whatever the work asks for", async () => {
    const { queue, clock, begun, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    for (let round = 0; round < 100; round++) await end(again(0));
    expect(begun).toEqual(["a"]);
    clock.advance(1);
    await turn();
    expect(begun).toEqual(["a", "a"]);
  });

  test("says the third failure in a row, and then every doubling, aloud", async () => {
    const { queue, clock, log, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    for (let attempt = 0; attempt < 25; attempt++) {
      await end(new WriteFailure("reset"));
      clock.advance(3_000);
      await turn();
    }
    const loud = log.lines.flatMap((line, index) => (line.startsWith("warn") ? [index + 1] : []));
    expect(loud).toEqual([3, 6, 12, 24]);
  });

  test("does not try again what was refused, and says why", async () => {
    const { queue, clock, begun, log, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    await end(refused("the API server does not accept it"));
    clock.advance(3_600_000);
    await turn();
    expect(begun).toEqual(["a"]);
    expect(log.lines).toEqual(["warn the API server does not accept it"]);
  });

  test("keeps the earlier of two delays", async () => {
    const { queue, clock, begun } = rig();
    queue.start();
    queue.addAfter("a", 50);
    queue.addAfter("a", 500);
    clock.advance(50);
    await turn();
    expect(begun).toEqual(["a"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("stops: no new work, no timers, and what is under way may finish before it is cut off", async () => {
    const { queue, clock, begun, contexts, end } = rig();
    queue.start();
    queue.add("a");
    queue.add("b");
    queue.addAfter("c", 10);
    await turn();
    let isStopped = false;
    const stopped = queue.stop().then(() => (isStopped = true));
    clock.advance(299);
    expect(contexts[0]?.signal.aborted).toBe(false);
    clock.advance(1);
    await turn();
    expect([contexts[0]?.signal.aborted, isStopped]).toEqual([true, false]);
    await end(done);
    await stopped;
    queue.add("d");
    await turn();
    expect(begun).toEqual(["a"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("tells of each piece of work how long it took and whether it failed", async () => {
    const { queue, clock, worked, end } = rig();
    queue.start();
    queue.add("a");
    await turn();
    clock.advance(250);
    await end(done);
    queue.add("a");
    await turn();
    await end(new Error("no"));
    expect(worked).toEqual([
      { kind: "Service", failed: false, seconds: 0.25 },
      { kind: "Service", failed: true, seconds: 0 },
    ]);
  });

  test("knows how long the oldest piece of work has been going on", async () => {
    const { queue, clock } = rig({ workers: 2 });
    queue.start();
    queue.add("a");
    await turn();
    clock.advance(400);
    queue.add("b");
    await turn();
    clock.advance(100);
    expect(queue.longestRunMs).toBe(500);
  });
});

describe("keys that wait until the API server takes writes", () => {
  async function outage() {
    const all = rig({ workers: 9 });
    const { queue, api, end } = all;
    queue.start();
    for (const key of ["a", "b", "c"]) queue.add(key);
    await turn();
    api.takesWrites = false;
    for (let ended = 0; ended < 3; ended++) await end(shutOut);
    return all;
  }

  test("wait without a timer, and are woken one at a time, first come first", async () => {
    const { queue, clock, begun, end } = await outage();
    expect(clock.pendingTimers).toBe(0);
    expect(queue.keys).toEqual({ ready: 0, working: 0, delayed: 0, shutOut: 3 });
    expect(queue.wakeOne()).toBe(true);
    await turn();
    expect(begun.slice(3)).toEqual(["a"]);
    await end(shutOut);
    queue.wakeOne();
    await turn();
    expect(begun.slice(3)).toEqual(["a", "b"]);
  });

  test("are all woken at once, together with those that sit out a failure, but not those that asked for a time", async () => {
    const { queue, clock, begun, end } = await outage();
    for (const key of ["failed", "outdated", "asked"]) queue.add(key);
    await turn();
    await end(new WriteFailure("reset", { retryAfterMs: 60_000 }));
    await end(outdated);
    await end(again(1_000));
    begun.splice(0);
    queue.wakeAll();
    await turn();
    expect(begun).toEqual(["a", "b", "c", "failed", "outdated"]);
    expect(clock.pendingTimers).toBe(1);
    expect(queue.keys).toEqual({ ready: 0, working: 5, delayed: 1, shutOut: 0 });
  });

  test("are looked at when they change, and begin to wait again", async () => {
    const { queue, begun, end } = await outage();
    queue.add("b");
    await turn();
    expect(begun.slice(3)).toEqual(["b"]);
    await end(shutOut);
    expect(queue.keys.shutOut).toBe(3);
  });

  test("do not wait for what has happened meanwhile", async () => {
    const { queue, api, begun, end } = await outage();
    queue.add("d");
    await turn();
    api.takesWrites = true;
    await end(shutOut);
    await turn();
    expect(begun.slice(3)).toEqual(["d", "d"]);
  });

  test("have nobody to wake when there are none", () => {
    expect(rig().queue.wakeOne()).toBe(false);
  });
});
