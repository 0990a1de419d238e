import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryPodReader } from "../../adapters/memory/memory-pod-reader.ts";
import { RememberingLog } from "../testing/remembering-log.ts";
import { PodLookups } from "./pod-lookups.ts";

const { signal } = new AbortController();

const asked = (said: string, isAnswered = false) => ({ said, isAnswered });

function rig() {
  const clock = new ManualClock();
  const pods = new MemoryPodReader();
  const lookups = new PodLookups({ clock, log: new RememberingLog(), pods });
  return { clock, pods, lookups };
}

describe("a look at the pods of a namespace", () => {
  test("is taken once the want has lasted, and once for all Services of the namespace", async () => {
    const { clock, pods, lookups } = rig();
    expect(lookups.note("shop/a", asked("no pod"))).toBe(5_000);
    expect(lookups.note("shop/b", asked("no pod"))).toBe(5_000);
    clock.advance(4_999);
    expect(await lookups.take("shop/a", signal)).toBeUndefined();
    clock.advance(1);
    expect(await lookups.take("shop/a", signal)).toEqual([]);
    expect(await lookups.take("shop/b", signal)).toEqual([]);
    expect(pods.asked).toEqual(["shop"]);
    expect(lookups.note("shop/a", asked("no pod"))).toBe(600_000);
    expect(await lookups.take("shop/a", signal)).toBeUndefined();
  });

  test("is taken again every ten minutes, also when another operator took the first one", async () => {
    const { clock, pods, lookups } = rig();
    expect(lookups.note("shop/a", asked("no pod", true))).toBe(600_000);
    clock.advance(600_000);
    expect(await lookups.take("shop/a", signal)).toEqual([]);
    expect(lookups.note("shop/a", asked("no pod", true))).toBe(600_000);
    clock.advance(599_999);
    expect(await lookups.take("shop/a", signal)).toBeUndefined();
    clock.advance(1);
    expect(await lookups.take("shop/a", signal)).toEqual([]);
    expect(pods.asked).toEqual(["shop", "shop"]);
  });

  test("is due again when something else is wanting, and no look lasts longer than a minute", async () => {
    const { clock, pods, lookups } = rig();
    lookups.note("shop/a", asked("no pod of app=a"));
    clock.advance(5_000);
    await lookups.take("shop/a", signal);
    lookups.note("shop/a", asked("no pod of app=b"));
    clock.advance(60_000);
    await lookups.take("shop/a", signal);
    expect(pods.asked).toEqual(["shop", "shop"]);
  });

  test("is not taken when the want has gone meanwhile", async () => {
    const { clock, lookups } = rig();
    lookups.note("shop/a", asked("no pod"));
    lookups.note("shop/a", undefined);
    clock.advance(5_000);
    expect(await lookups.take("shop/a", signal)).toBeUndefined();
  });

  test("waits its turn when many namespaces want one", async () => {
    const { clock, pods, lookups } = rig();
    const keys = Array.from({ length: 20 }, (_, index) => `ns-${index}/web`);
    for (const key of keys) lookups.note(key, asked("no pod"));
    clock.advance(5_000);
    for (const key of keys) await lookups.take(key, signal);
    expect(pods.asked).toHaveLength(5);
    expect(lookups.note("ns-19/web", asked("no pod"))).toBe(2_000);
    clock.advance(2_000);
    expect(await lookups.take("ns-19/web", signal)).toEqual([]);
  });

  test("that fails is tried again later, and is nobody's trouble", async () => {
    const { clock, pods, lookups } = rig();
    pods.failure = new Error("forbidden");
    lookups.note("shop/a", asked("no pod"));
    clock.advance(5_000);
    expect(await lookups.take("shop/a", signal)).toBeUndefined();
    expect(lookups.note("shop/a", asked("no pod"))).toBe(60_000);
    lookups.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
