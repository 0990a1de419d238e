import { expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { awaitKinds } from "./await-kinds.ts";

const wanted = ["IPAddressPool", "BGPPeer"];

/** Answers in their order; the last one again and again. */
function lookingAt(...answers: readonly (readonly string[] | Error)[]) {
  const clock = new ManualClock();
  const looks: number[] = [];
  const stop = new AbortController();
  const servedKinds = (): Promise<readonly string[]> => {
    const answer = answers[Math.min(looks.length, answers.length - 1)] ?? [];
    looks.push(clock.now());
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const started = clock.now();
  const outcome = awaitKinds({ wanted, patience: 2_000 }, { servedKinds, clock, signal: stop.signal });
  return { clock, stop, outcome, looksAfter: () => looks.map((at) => at - started) };
}

async function pass(clock: ManualClock, millis: number): Promise<void> {
  for (let passed = 0; passed < millis; passed += 100) {
    await settle();
    clock.advance(100);
  }
  await settle();
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

test("what is there is seen at the first look", async () => {
  const { outcome, looksAfter } = lookingAt([...wanted, "Community"]);
  expect(await outcome).toEqual({ missing: [], failure: undefined });
  expect(looksAfter()).toEqual([0]);
});

test("it looks twice a second until the last kind is there, whatever fails meanwhile", async () => {
  const { clock, outcome, looksAfter } = lookingAt(new Error("no connection"), ["BGPPeer"], wanted);
  await pass(clock, 1_500);
  expect(await outcome).toEqual({ missing: [], failure: undefined });
  expect(looksAfter()).toEqual([0, 500, 1_000]);
});

test("at the end of its patience it says what is missing, and why if it knows", async () => {
  const some = lookingAt(["BGPPeer"]);
  await pass(some.clock, 3_000);
  expect(await some.outcome).toEqual({ missing: ["IPAddressPool"], failure: undefined });
  expect(some.looksAfter()).toEqual([0, 500, 1_000, 1_500, 2_000]);
  const failure = new Error("no connection");
  const none = lookingAt(failure);
  await pass(none.clock, 3_000);
  expect(await none.outcome).toEqual({ missing: wanted, failure });
});

test("a signal ends the wait", async () => {
  const { clock, stop, outcome, looksAfter } = lookingAt([]);
  await pass(clock, 200);
  stop.abort();
  expect(await outcome).toEqual({ missing: wanted, failure: undefined });
  expect(looksAfter().length).toBeLessThanOrEqual(2);
});
