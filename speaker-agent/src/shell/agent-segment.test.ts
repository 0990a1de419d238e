import { describe, expect, test } from "@jest/globals";
import { emptySegmentReport, readSegmentReport } from "@steelyard/model/resources";
import { ip } from "../core/wire/testing/ip.ts";
import { startAgent } from "./testing/agent-harness.ts";
import { startAnnouncing } from "./testing/announcing-agent.ts";
import { node, programNamespace } from "./testing/cluster-objects.ts";
import { ScriptedWorker } from "./testing/scripted-worker.ts";

const mac = new Uint8Array([2, 0, 0, 0, 0, 0x99]);
const stranger = { address: ip("192.0.2.1"), mac, since: "2026-11-30T10:00:00Z" };
const excluded = { "node.kubernetes.io/exclude-from-external-load-balancers": "" };

type Harness = Awaited<ReturnType<typeof startAnnouncing>>;

function segmentOf({ cluster }: Harness) {
  const state = cluster.get("configurationStates", `${programNamespace}/speaker-node-a`);
  return readSegmentReport(state?.metadata ?? {});
}

const warnings = ({ writer }: Harness) =>
  writer.events.filter(({ type }) => type === "Warning").map(({ reason }) => reason);

describe("an address that a stranger holds", () => {
  test("is said on the Service, in log, metrics and for the operator, and unsaid when he is gone", async () => {
    const agent = await startAnnouncing();
    const { worker, metrics, log, pass } = agent;
    worker.report([], { held: [stranger] });
    await pass(5000);
    expect(warnings(agent)).toEqual(["AddressHeldByForeignHost"]);
    expect(log.at("warn")).toEqual([
      'node "node-a" does not announce 192.0.2.1: the host with MAC 02:00:00:00:00:99 answers for it',
    ]);
    expect(metrics.conflicts).toEqual(["held 1"]);
    expect(metrics.layer2?.addresses).toMatchObject({ electable: 1, announced: 0, held: 1 });
    expect(segmentOf(agent).held).toEqual({
      "192.0.2.1": { mac: "02:00:00:00:00:99", since: "2026-11-30T10:00:00Z" },
    });
    worker.report(["192.0.2.1"]);
    await pass(5000);
    expect(segmentOf(agent)).toEqual(emptySegmentReport);
    expect(warnings(agent)).toHaveLength(1);
  });

  test("is asked about on when the Service has been given another, as long as a pool has it", async () => {
    const { cluster, worker, pass } = await startAnnouncing();
    worker.report([], { held: [stranger] });
    await pass();
    cluster.remove("services", "default/web");
    await pass();
    expect(worker.asked).toEqual([]);
    expect(worker.snapshots.at(-1)?.probeOnly).toEqual([ip("192.0.2.1")]);
    worker.report([]);
    await pass();
    expect(worker.snapshots.at(-1)?.probeOnly).toEqual([]);
  });
});

describe("an address that a stranger held before the agent was started anew", () => {
  async function restart() {
    const { cluster, worker, pass, clock, agent } = await startAnnouncing();
    worker.report([], { held: [stranger] });
    await pass(5000);
    cluster.remove("services", "default/web");
    await agent.stop();
    const again = startAgent(new ScriptedWorker(), {}, { cluster, clock });
    again.reader.sync();
    await again.pass();
    return again;
  }

  test("is asked about, and reported on until the worker has found that he is gone", async () => {
    const again = await restart();
    expect(again.worker.snapshots.at(-1)?.probeOnly).toEqual([ip("192.0.2.1")]);
    again.worker.report([]);
    await again.pass(9000);
    expect(Object.keys(segmentOf(again).held)).toEqual(["192.0.2.1"]);
    await again.pass(3000);
    expect(segmentOf(again).held).toEqual({});
    expect(again.worker.snapshots.at(-1)?.probeOnly).toEqual([]);
  });

  test("stays when the worker finds him there", async () => {
    const again = await restart();
    again.worker.report([], { held: [stranger] });
    await again.pass(60_000);
    expect(Object.keys(segmentOf(again).held)).toEqual(["192.0.2.1"]);
    expect(again.worker.snapshots.at(-1)?.probeOnly).toEqual([ip("192.0.2.1")]);
    expect(again.writer.stateWrites).toEqual([]);
  });
});

describe("an address that was defended", () => {
  test("is said while it is news", async () => {
    const agent = await startAnnouncing();
    const { worker, metrics, pass } = agent;
    worker.report(["192.0.2.1"], { defended: [{ ...stranger, count: 1 }] });
    await pass(5000);
    worker.report(["192.0.2.1"], { defended: [{ ...stranger, count: 4 }] });
    await pass(5000);
    expect(warnings(agent)).toEqual(["AddressConflict"]);
    expect(metrics.conflicts).toEqual(["defended 1", "defended 3"]);
    expect(Object.keys(segmentOf(agent).defended)).toEqual(["192.0.2.1"]);
    await pass(601_000);
    expect(segmentOf(agent).defended).toEqual({});
  });
});

describe("the last node standing", () => {
  test("announces against the label, and says so once", async () => {
    const agent = await startAnnouncing();
    const { cluster, worker, metrics, pass } = agent;
    cluster.put("nodes", { ...node("node-a"), metadata: { name: "node-a", labels: excluded } });
    await pass();
    worker.report(["192.0.2.1"]);
    await pass(5000);
    expect(worker.asked).toEqual(["192.0.2.1"]);
    expect(warnings(agent)).toEqual(["ExclusionSuspended"]);
    expect(metrics.suspended).toEqual(["default/web"]);
    expect(segmentOf(agent).suspended).toEqual(["192.0.2.1"]);
    cluster.put("nodes", node("node-b"));
    await pass();
    worker.report([]);
    await pass(5000);
    expect(metrics.suspended).toEqual([]);
    expect(segmentOf(agent).suspended).toEqual([]);
  });
});

test("what checks of other nodes' addresses find is for the operator to read", async () => {
  const agent = await startAnnouncing();
  agent.worker.report([], {
    checks: [{ address: ip("192.0.2.1"), verdict: "TwoAnswer", macs: [mac, mac] }],
    unannounceable: [{ address: ip("192.0.2.1"), because: "eth9 does not exist" }],
  });
  await agent.pass(5000);
  const { checks, unannounceable } = segmentOf(agent);
  expect(checks).toEqual({
    "192.0.2.1": { verdict: "TwoAnswer", macs: ["02:00:00:00:00:99", "02:00:00:00:00:99"] },
  });
  expect(unannounceable).toEqual({ "192.0.2.1": "eth9 does not exist" });
});

test("a segment that flaps is a bounded load on the API server", async () => {
  const { worker, writer, pass } = await startAnnouncing();
  for (let flap = 0; flap < 600; flap += 1) {
    worker.report([], { held: flap % 2 === 0 ? [stranger] : [] });
    await pass(500);
  }
  const annotations = writer.stateWrites.filter(({ kind }) => kind === "annotate");
  // Ten at once, then one in half a minute.
  expect(annotations.length).toBeLessThanOrEqual(10 + 10);
});

test("moves are counted, and two owners are a conflict", async () => {
  const { worker, metrics } = await startAnnouncing();
  const move = { address: ip("192.0.2.1"), from: "node-b", to: "node-a", takeoverMillis: 3 };
  worker.move({ ...move, cause: "holder-gone", detectionMillis: 210 });
  worker.move({ ...move, cause: "yielded", detectionMillis: undefined });
  expect(metrics.moves).toEqual(["holder-gone", "yielded"]);
  expect(metrics.conflicts).toEqual(["two-owners 1"]);
});

describe("whose an address is", () => {
  test("is taken from the changes that reports tell, and anew from a worker that has started again", async () => {
    const { worker, metrics, pass } = await startAnnouncing();
    const unowned = () => metrics.layer2?.addresses.unowned;
    worker.report([], { owners: [{ address: ip("192.0.2.1"), node: "node-b" }] });
    await pass();
    expect([unowned(), metrics.layer2?.owned]).toEqual([0, []]);
    worker.report([], { owners: [] });
    await pass();
    expect(unowned()).toBe(0);
    worker.report([], { owners: [{ address: ip("192.0.2.1"), node: undefined }] });
    await pass();
    expect(unowned()).toBe(1);
    worker.report(["192.0.2.1"]);
    worker.fail();
    worker.report([], { owners: [] });
    await pass();
    expect(unowned()).toBe(1);
  });
});
