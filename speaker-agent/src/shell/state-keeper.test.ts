import { describe, expect, test } from "@jest/globals";
import { RecordingLog } from "@steelyard/client/testing";
import { ManualClock } from "@steelyard/model/testing";
import { MemoryStateStore } from "../adapters/memory/memory-state-store.ts";
import { ip } from "../core/wire/testing/ip.ts";
import { loadState, StateKeeper } from "./state-keeper.ts";
import { settle } from "./testing/settle.ts";

function start() {
  const store = new MemoryStateStore();
  const clock = new ManualClock();
  const log = new RecordingLog();
  const deps = { store, clock, log };
  const keeper = new StateKeeper({ nodeName: "node-a", saved: undefined }, deps);
  const keep = (...texts: readonly string[]): void => {
    const election = { addresses: [], probeOnly: texts.map(ip), readyNodes: [] };
    keeper.keep({ election });
  };
  const pass = async (millis: number): Promise<void> => {
    clock.advance(millis);
    await settle();
  };
  return { ...deps, keeper, keep, pass, load: () => loadState("node-a", deps) };
}

describe("the state of an agent", () => {
  test("is kept at once, then at most every five seconds, the newest one", async () => {
    const { store, keep, pass, load } = start();
    keep("192.0.2.1");
    await pass(0);
    expect(store.writes).toBe(1);
    keep("192.0.2.2");
    keep("192.0.2.3");
    await pass(4900);
    expect(store.writes).toBe(1);
    await pass(100);
    expect(store.writes).toBe(2);
    expect((await load())?.election.probeOnly).toEqual([ip("192.0.2.3")]);
    await pass(60_000);
    expect(store.writes).toBe(2);
  });

  test("is kept part by part", async () => {
    const { keeper, keep, load } = start();
    keep("192.0.2.1");
    keeper.keep({ peers: [{ address: ip("10.0.0.7"), port: 7946 }] });
    await keeper.stop();
    expect(await load()).toMatchObject({
      election: { probeOnly: [ip("192.0.2.1")] },
      peers: [{ address: ip("10.0.0.7"), port: 7946 }],
    });
  });

  test("is kept once more at the end", async () => {
    const { store, keeper, keep, pass, load } = start();
    keep("192.0.2.1");
    await pass(0);
    keep("192.0.2.2");
    await keeper.stop();
    expect((await load())?.election.probeOnly).toEqual([ip("192.0.2.2")]);
    await pass(60_000);
    expect(store.writes).toBe(2);
  });

  test("that cannot be kept is said once, and tried again", async () => {
    const { store, keep, pass, log } = start();
    store.refusal = new Error("the disk is full");
    keep("192.0.2.1");
    await pass(0);
    keep("192.0.2.2");
    await pass(5000);
    expect(log.at("warn")).toEqual(["the state cannot be kept"]);
    store.refusal = undefined;
    keep("192.0.2.3");
    await pass(5000);
    expect(store.writes).toBe(1);
  });

  test("that is damaged, or of another, is ignored, and that is said", async () => {
    const { store, load, log } = start();
    expect(await load()).toBeUndefined();
    expect(log.entries).toEqual([]);
    store.text = "{";
    expect(await load()).toBeUndefined();
    store.refusal = new Error("permission denied");
    expect(await load()).toBeUndefined();
    expect(log.at("warn")).toEqual([
      "the kept state is ignored, because the file is not the state of an agent",
      "the kept state cannot be read",
    ]);
  });
});
