import { describe, expect, test } from "@jest/globals";
import { MemoryStateStore } from "../adapters/memory/memory-state-store.ts";
import { startAgent } from "./testing/agent-harness.ts";
import { loadState } from "./state-keeper.ts";
import { l2Advertisement, node, pool, service, slice } from "./testing/cluster-objects.ts";
import { ScriptedWorker } from "./testing/scripted-worker.ts";

/** An agent has announced one address and is gone; its state is on disk, its cluster as it was. */
async function runOnce() {
  const stateStore = new MemoryStateStore();
  const first = startAgent(new ScriptedWorker());
  const { cluster, clock } = first;
  const agent = startAgent(new ScriptedWorker(), {}, { cluster, clock, stateStore });
  cluster.put("nodes", node("node-a"));
  cluster.put("pools", pool("first", "192.0.2.0/24"));
  cluster.put("l2Advertisements", l2Advertisement("all"));
  cluster.put("services", service({ name: "web", ips: ["192.0.2.1"] }));
  cluster.put("endpointSlices", slice("web", "node-a"));
  agent.reader.sync();
  await agent.pass();
  await agent.agent.stop();
  const saved = await loadState("node-a", { store: stateStore, log: agent.log });
  const restart = () => startAgent(new ScriptedWorker(), { saved }, { cluster, clock, stateStore });
  return { cluster, restart, stateStore };
}

describe("an agent that starts while the API server is away", () => {
  test("announces after two seconds what it announced before, and says so", async () => {
    const { restart } = await runOnce();
    const { agent, worker, log, pass } = restart();
    await pass(1900);
    expect(worker.asked).toBeUndefined();
    await pass(200);
    expect(worker.asked).toEqual(["192.0.2.1"]);
    expect(worker.snapshots[0]?.addresses[0]?.fresh).toBe(false);
    expect(log.at("warn")).toEqual([
      "the API server has not answered; what an earlier run kept is announced until it does",
    ]);
    expect(agent.whyNotReady).toMatch(/^waiting for .*; meanwhile what is known from .* is announced$/);
    expect(agent.whyNotHealthy).toBeUndefined();
  });

  test("goes by the API server's word once it answers", async () => {
    const { cluster, restart, stateStore } = await runOnce();
    const { agent, reader, worker, log, pass } = restart();
    await pass(5000);
    worker.report(["192.0.2.1"]);
    cluster.put("services", service({ name: "web", ips: ["192.0.2.2"] }));
    reader.sync();
    await pass(10_000);
    expect(worker.asked).toEqual(["192.0.2.2"]);
    expect(worker.snapshots.at(-1)?.addresses[0]?.fresh).toBe(true);
    expect(log.at("info")).toContain("the API server has answered; from now on its word counts");
    worker.report(["192.0.2.2"]);
    await pass();
    expect(agent.whyNotReady).toBeUndefined();
    expect(stateStore.text).toContain("192.0.2.2");
  });
});

describe("an agent that starts while the API server is there", () => {
  test("never announces what it kept", async () => {
    const { cluster, restart } = await runOnce();
    cluster.remove("services", "default/web");
    const { reader, worker, log, pass } = restart();
    reader.sync();
    await pass(10_000);
    expect(worker.snapshots.map(({ addresses }) => addresses)).toEqual([[]]);
    expect(log.at("warn")).toEqual([]);
  });

  test("knows from it that addresses have been announced, and from which pool they are", async () => {
    const { cluster, restart } = await runOnce();
    cluster.remove("pools", "metallb-system/first");
    const { reader, worker, pass } = restart();
    reader.sync();
    await pass();
    expect(worker.asked).toEqual(["192.0.2.1"]);
    expect(worker.snapshots[0]?.addresses[0]?.fresh).toBe(false);
  });
});
