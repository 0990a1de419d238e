import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@steelyard/model/testing";
import { ip } from "../core/wire/testing/ip.ts";
import { ClusterWriteError } from "../ports/cluster-writer.ts";
import { startAgent } from "./testing/agent-harness.ts";
import { startAnnouncing, startWithService } from "./testing/announcing-agent.ts";
import { l2Advertisement, node, pool, programNamespace, service, slice } from "./testing/cluster-objects.ts";
import { settle } from "./testing/settle.ts";
import { ScriptedWorker } from "./testing/scripted-worker.ts";

describe("before all caches are there", () => {
  test("nothing is announced, and it says what it waits for", async () => {
    const { agent, reader, worker, pass } = startWithService();
    reader.sync(["l2Advertisements", "nodes"]);
    await pass();
    expect(worker.snapshots).toEqual([]);
    expect(agent.whyNotReady).toBe("waiting for the API server to list l2Advertisements, nodes");
    expect(agent.whyNotHealthy).toBeUndefined();
  });

  test("status objects left from before are not deleted before the worker has spoken", async () => {
    const { cluster, clock, agent } = await startAnnouncing();
    await agent.stop();
    const left = cluster.list("serviceL2Statuses");
    expect(left).toHaveLength(1);
    const restarted = startAgent(new ScriptedWorker(), {}, { cluster, clock });
    restarted.reader.sync();
    await restarted.pass(5000);
    expect(restarted.worker.asked).toEqual(["192.0.2.1"]);
    restarted.worker.report(["192.0.2.1"]);
    await restarted.pass(5000);
    expect(restarted.writer.statusWrites).toEqual([]);
    expect(cluster.list("serviceL2Statuses")).toEqual(left);
  });
});

describe("the ConfigurationState of the node", () => {
  const key = `${programNamespace}/speaker-node-a`;

  test("is created, says what is wrong, and is left alone while nothing changes", async () => {
    const { cluster, reader, writer, pass } = startWithService();
    reader.sync();
    await pass(5000);
    expect(writer.stateWrites.map(({ kind }) => kind)).toEqual(["create", "apply-status"]);
    expect(cluster.get("configurationStates", key)).toMatchObject({
      metadata: { labels: { "metallb.io/component-type": "speaker", "metallb.io/node-name": "node-a" } },
      status: { result: "Valid", conditions: [{ type: "configReconcilerValid", reason: "Reconciled" }] },
    });
    const [pool] = cluster.list("pools");
    if (pool) cluster.put("pools", { ...pool, spec: { ...pool.spec, addresses: ["nonsense"] } });
    await pass(5000);
    expect(cluster.get("configurationStates", key)?.status?.errorSummary).toMatch(
      /^configuration error: IPAddressPool .*nonsense/,
    );
    await pass(600_000);
    expect(writer.stateWrites).toHaveLength(3);
  });

  test("comes back when somebody deletes it", async () => {
    const { cluster, reader, writer, pass } = startWithService();
    reader.sync();
    await pass(5000);
    cluster.remove("configurationStates", key);
    await pass(15_000);
    expect(writer.stateWrites.map(({ kind }) => kind)).toEqual([
      "create",
      "apply-status",
      "create",
      "apply-status",
    ]);
  });

  test("is said once not to be writable, and tried again a minute later", async () => {
    const { reader, writer, log, pass } = startWithService();
    writer.refusal = new ClusterWriteError("forbidden", { verdict: "later" });
    reader.sync();
    await pass(150_000);
    const told = log.at("warn").filter((line) => line.includes("ConfigurationState"));
    expect(told).toHaveLength(1);
    writer.refusal = undefined;
    await pass(61_000);
    expect(writer.stateWrites).toHaveLength(2);
  });
});

describe("a node name that the cluster does not know", () => {
  test("is warned about once, and it is said when the node has come", async () => {
    const { cluster, reader, log, pass } = startWithService();
    cluster.remove("nodes", "node-a");
    cluster.put("nodes", node("node-b"));
    reader.sync();
    await pass();
    cluster.put("nodes", node("node-c"));
    await pass();
    const sentence = "the cluster has no node of this name, so nothing is announced from here";
    expect(log.at("warn")).toEqual([sentence]);
    expect(log.entries.find(({ message }) => message === sentence)?.fields).toEqual({ node: "node-a" });
    cluster.put("nodes", node("node-a"));
    await pass();
    expect(log.at("warn")).toEqual([sentence]);
    expect(log.at("info")).toContain("the cluster has this node now");
  });
});

describe("a Service with an address", () => {
  test("is handed to the worker at once, and only once", async () => {
    const { agent, reader, worker, pass, clock } = startWithService();
    reader.sync();
    clock.advance(0);
    expect(worker.snapshots).toEqual([
      {
        version: 1,
        nodeName: "node-a",
        addresses: [
          {
            address: ip("192.0.2.1"),
            electionKey: ip("192.0.2.1"),
            candidates: [{ node: "node-a", preference: 0, interfaces: [] }],
            fresh: true,
            bindTo: undefined,
          },
        ],
        probeOnly: [],
        readyNodes: ["node-a"],
      },
    ]);
    expect(agent.whyNotReady).toBe("the netio worker has not confirmed the first snapshot");
    worker.report([]);
    await pass();
    expect(agent.whyNotReady).toBeUndefined();
    expect(worker.snapshots).toHaveLength(1);
  });

  test("appears in status, event, metrics and log when the worker says so", async () => {
    const { cluster, writer, metrics, log, pass } = await startAnnouncing();
    expect(
      cluster.list("serviceL2Statuses").map(({ metadata, status }) => [metadata.labels, status]),
    ).toEqual([
      [
        {
          "metallb.io/node": "node-a",
          "metallb.io/service-name": "web",
          "metallb.io/service-namespace": "default",
        },
        { node: "node-a", serviceName: "web", serviceNamespace: "default", interfaces: [] },
      ],
    ]);
    expect(writer.events.map(({ type, reason, message }) => [type, reason, message])).toEqual([
      ["Normal", "nodeAssigned", 'announcing from node "node-a" with protocol "layer2"'],
    ]);
    expect(metrics.announced).toEqual(["default/web 192.0.2.1"]);
    expect(log.entries.filter(({ level }) => level === "info")).toEqual([
      {
        level: "info",
        message: "announced",
        fields: {
          event: "serviceAnnounced",
          service: "default/web",
          ips: ["192.0.2.1"],
          interfaces: ["eth0"],
          protocol: "layer2",
        },
      },
    ]);
    await pass(2_000);
    const writes = writer.attempts;
    await pass(60_000);
    expect(writer.attempts).toBe(writes);
  });

  test("leaves everything when it is deleted", async () => {
    const { cluster, worker, writer, metrics, log, pass } = await startAnnouncing();
    cluster.remove("services", "default/web");
    await pass();
    expect(worker.asked).toEqual([]);
    worker.report([]);
    await pass(2000);
    expect(cluster.list("serviceL2Statuses")).toEqual([]);
    expect(metrics.announced).toEqual([]);
    expect(writer.events).toHaveLength(1);
    expect(log.at("info")).toEqual(["announced", "withdrawn"]);
    expect(log.entries.find(({ message }) => message === "withdrawn")?.fields).toEqual({
      event: "serviceWithdrawn",
      service: "default/web",
      ips: ["192.0.2.1"],
      reason: "serviceDeleted: it is gone, or no longer ours",
      protocol: "layer2",
    });
  });

  test("that no interface can announce gives a warning, once, and no status", async () => {
    const { reader, worker, writer, cluster, metrics, pass } = startWithService();
    reader.sync();
    await pass();
    const unannounceable = [{ address: ip("192.0.2.1"), because: "eth9 does not exist" }];
    worker.report([], { unannounceable });
    await pass();
    worker.report([], { unannounceable });
    await pass(3000);
    expect(writer.events.map(({ type, reason, message }) => [type, reason, message])).toEqual([
      ["Warning", "announceFailed", 'node "node-a" cannot announce 192.0.2.1: eth9 does not exist'],
    ]);
    expect(cluster.list("serviceL2Statuses")).toEqual([]);
    expect(metrics.announced).toEqual([]);
  });

  test.each([
    [[], undefined, ["192.0.2.1"]],
    [[], "example.com/lb", []],
    [["example.com/lb"], undefined, []],
    [["example.com/lb"], "example.com/lb", ["192.0.2.1"]],
    [["example.com/lb"], "example.com/other", []],
  ] as const)("classes %j, class %s: announced is %j", async (lbClasses, loadBalancerClass, announced) => {
    const { cluster, reader, worker, pass } = startAgent(new ScriptedWorker(), { lbClasses });
    cluster.put("nodes", node("node-a"));
    cluster.put("pools", pool("first", "192.0.2.0/24"));
    cluster.put("l2Advertisements", l2Advertisement("all"));
    const ofClass = loadBalancerClass === undefined ? {} : { loadBalancerClass };
    cluster.put("services", service({ name: "web", ips: ["192.0.2.1"], ...ofClass }));
    cluster.put("endpointSlices", slice("web", "node-a"));
    reader.sync();
    await pass();
    expect(worker.asked).toEqual(announced);
  });
});

describe("what works is not broken", () => {
  test("by an API outage: the last snapshot stands, and the change is caught up with afterwards", async () => {
    const { cluster, reader, worker, metrics, pass } = await startAnnouncing();
    reader.setConnected(false);
    cluster.remove("services", "default/web");
    await pass(600_000);
    expect(worker.snapshots).toHaveLength(1);
    expect(metrics.announced).toEqual(["default/web 192.0.2.1"]);
    reader.setConnected(true);
    await pass();
    expect(worker.asked).toEqual([]);
  });

  test("by a bad edit: the pool's last good version stays, the fault is logged once, and once when it is solved", async () => {
    const { cluster, worker, metrics, log, pass } = await startAnnouncing();
    cluster.put("pools", pool("first", "192.0.2.0/99"));
    await pass();
    cluster.put("namespaces", { metadata: { name: "another" } });
    await pass();
    expect(worker.snapshots).toHaveLength(1);
    expect(metrics.configuration).toEqual({ loaded: true, stale: true });
    expect(log.at("warn")).toEqual(["new configuration rejected"]);
    expect(log.entries.find(({ level }) => level === "warn")?.fields).toMatchObject({
      object: "IPAddressPool metallb-system/first",
      path: "spec.addresses[0]",
    });
    cluster.put("pools", pool("first", "192.0.2.0/24"));
    await pass();
    expect(metrics.configuration).toEqual({ loaded: true, stale: false });
    expect(log.at("info")).toEqual(["announced", "configuration problem solved"]);
  });

  test("by a pool that is deleted: the address stays until the operator takes it from the Service", async () => {
    const { cluster, worker, metrics, pass } = await startAnnouncing();
    cluster.remove("pools", "metallb-system/first");
    await pass();
    expect(worker.asked).toEqual(["192.0.2.1"]);
    expect(metrics.announced).toEqual(["default/web 192.0.2.1"]);
    cluster.remove("l2Advertisements", "metallb-system/all");
    await pass();
    expect(worker.asked).toEqual([]);
    cluster.put("l2Advertisements", l2Advertisement("all"));
    await pass();
    expect(worker.asked).toEqual(["192.0.2.1"]);
    cluster.put("services", service({ name: "web", ips: [] }));
    await pass();
    expect(worker.asked).toEqual([]);
    cluster.put("services", service({ name: "web", ips: ["192.0.2.1"] }));
    await pass();
    expect(worker.asked).toEqual([]);
  });

  test("by a start while the pool has a fault, if the Service says that it is from that pool", async () => {
    const { cluster, clock, agent, pass } = await startAnnouncing();
    const held = service({ name: "web", ips: ["192.0.2.1"] });
    const annotations = { "metallb.io/ip-allocated-from-pool": "first" };
    cluster.put("services", { ...held, metadata: { ...held.metadata, annotations } });
    cluster.put("pools", pool("first", "192.0.2.0/99"));
    await pass();
    await agent.stop();
    const restarted = startAgent(new ScriptedWorker(), {}, { cluster, clock });
    restarted.reader.sync();
    await restarted.pass();
    expect(restarted.worker.asked).toEqual(["192.0.2.1"]);
  });

  test("by a fault of our own: announcements stand, it is said and counted, and the next change is looked at", async () => {
    const { agent, reader, cluster, worker, metrics, log, pass } = await startAnnouncing();
    const view = reader.view.bind(reader);
    reader.view = () => {
      throw new Error("a bug");
    };
    cluster.remove("services", "default/web");
    await pass();
    expect(worker.asked).toEqual(["192.0.2.1"]);
    expect(metrics.updates.at(-1)).toBe("failed");
    expect(log.at("error")).toEqual([
      "a change of the cluster could not be dealt with; announcements stay as they are",
    ]);
    expect(agent.whyNotReady).toBe("the last change of the cluster could not be dealt with: Error: a bug");
    reader.view = view;
    cluster.put("nodes", node("node-b"));
    await pass();
    expect(worker.asked).toEqual([]);
    expect(metrics.updates.at(-1)).toBe("ok");
    expect(agent.whyNotReady).toBeUndefined();
  });

  test("by a worker that starts again: its first, empty report is not believed", async () => {
    const { agent, worker, cluster, metrics, writer, pass } = await startAnnouncing();
    worker.fail();
    await pass();
    worker.report([], { snapshotVersion: 0 });
    await pass(3000);
    expect(metrics.announced).toEqual(["default/web 192.0.2.1"]);
    worker.report(["192.0.2.1"]);
    await pass(3000);
    expect(cluster.list("serviceL2Statuses")).toHaveLength(1);
    expect(writer.events).toHaveLength(1);
    expect(agent.whyNotHealthy).toBeUndefined();
  });
});

describe("writes", () => {
  test("are tried again with growing distance while the API server fails, and made in the end", async () => {
    const { reader, worker, writer, cluster, log, pass } = startWithService();
    writer.refusal = new ClusterWriteError("503 from the API server", { verdict: "retry" });
    reader.sync();
    await pass();
    worker.report(["192.0.2.1"]);
    await pass(60_000);
    const failed = writer.attempts;
    expect(failed).toBeGreaterThan(4);
    expect(failed).toBeLessThan(25);
    expect(log.at("warn").filter((line) => line.startsWith("a ServiceL2Status"))).toHaveLength(1);
    writer.refusal = undefined;
    await pass(120_000);
    expect(cluster.list("serviceL2Statuses")).toHaveLength(1);
    expect(worker.snapshots).toHaveLength(1);
  });

  test("stop when somebody else's edit was put right, and flapping is bounded to one write a second", async () => {
    const { cluster, worker, writer, pass } = await startAnnouncing();
    const [status] = cluster.list("serviceL2Statuses");
    if (status === undefined) throw new Error("there is no status");
    cluster.put("serviceL2Statuses", {
      ...status,
      status: { ...status.status, interfaces: [{ name: "eth7" }] },
    });
    await pass(5000);
    expect(writer.statusWrites.map(({ kind }) => kind)).toEqual(["create", "patch-status"]);
    for (let flap = 0; flap < 50; flap += 1) {
      worker.report(flap % 2 === 0 ? [] : ["192.0.2.1"]);
      await pass(100);
    }
    expect(writer.statusWrites.length).toBeLessThanOrEqual(2 + 6);
  });

  test("of a flapping object become rare", async () => {
    const { worker, writer, pass } = await startAnnouncing();
    for (let flap = 0; flap < 150; flap += 1) {
      worker.report(flap % 2 === 0 ? [] : ["192.0.2.1"]);
      await pass(2000);
    }
    // Ten at once, then one in half a minute, which is taken back when it is no longer so.
    expect(writer.statusWrites.length).toBeLessThanOrEqual(10 + 2 * 10);
    await pass(60_000);
    expect(writer.statusWrites.at(-1)?.kind).toBe("create");
  });

  test("of very many objects are spread", async () => {
    const { cluster, worker, writer, pass } = await startAnnouncing();
    cluster.put("pools", pool("many", "198.51.100.0/24", "203.0.113.0/24", "192.0.2.0/24"));
    cluster.put("pools", pool("more", "10.0.0.0/20"));
    const ips = Array.from({ length: 600 }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
    for (const [index, ip] of ips.entries()) {
      cluster.put("services", service({ name: `s${index}`, ips: [ip] }));
      cluster.put("endpointSlices", slice(`s${index}`, "node-a"));
    }
    await pass();
    worker.report(ips);
    await pass(900);
    expect(writer.statusWrites.length).toBeLessThanOrEqual(550);
    await pass(5000);
    expect(cluster.list("serviceL2Statuses")).toHaveLength(600);
  });

  test("take back what a node that is gone said of an address that is announced here now", async () => {
    const { cluster, worker, pass } = await startAnnouncing();
    worker.report([]);
    await pass(5000);
    const shared = { cluster, clock: new ManualClock() };
    const gone = startAgent(new ScriptedWorker(), { nodeName: "node-b" }, shared);
    cluster.put("nodes", node("node-b"));
    gone.reader.sync();
    await gone.pass();
    gone.worker.report(["192.0.2.1"]);
    await gone.pass();
    const said = () => cluster.list("serviceL2Statuses").map(({ status }) => status?.node);
    expect(said()).toEqual(["node-b"]);
    worker.move({
      address: ip("192.0.2.1"),
      from: "node-b",
      to: "node-a",
      cause: "holder-gone",
      detectionMillis: 200,
      takeoverMillis: 1,
    });
    worker.report(["192.0.2.1"]);
    await pass(5000);
    expect(said()).toEqual(["node-a"]);
  });

  test("take back an object that lost the label by which it is seen, with one write", async () => {
    const { cluster, writer, log, pass } = await startAnnouncing();
    const [status] = cluster.list("serviceL2Statuses");
    if (status === undefined) throw new Error("there is no status");
    const labels: Record<string, string> = { ...status.metadata.labels, mine: "too" };
    delete labels["metallb.io/node"];
    cluster.put("serviceL2Statuses", { ...status, metadata: { ...status.metadata, labels } });
    await pass(120_000);
    expect(writer.statusWrites.map(({ kind }) => kind)).toEqual(["create", "create"]);
    expect(cluster.list("serviceL2Statuses")).toMatchObject([
      { metadata: { name: status.metadata.name, labels: { ...status.metadata.labels, mine: "too" } } },
    ]);
    expect(log.at("warn")).toEqual([]);
  });

  test("survive a fault of our own and are made a minute later", async () => {
    const { reader, worker, cluster, log, pass } = startWithService();
    reader.sync();
    // The ConfigurationState is written first: its change would bring another look.
    await pass(5000);
    const view = reader.view.bind(reader);
    worker.report(["192.0.2.1"]);
    // Those of the agent, its ConfigurationState and BGP come first and are well, the one before the write is not.
    let looks = 0;
    reader.view = () => {
      looks += 1;
      if (looks === 4) throw new Error("a bug");
      return view();
    };
    await pass(2000);
    expect(log.at("error")).toEqual(["the ServiceL2Status objects could not be looked at"]);
    expect(cluster.list("serviceL2Statuses")).toEqual([]);
    await pass(60_000);
    expect(cluster.list("serviceL2Statuses")).toHaveLength(1);
  });
});

describe("health", () => {
  test("a worker that owes an answer for more than ten seconds is not healthy, until it answers", async () => {
    const { agent, reader, worker, pass } = startWithService();
    reader.sync();
    await pass(9900);
    expect(agent.whyNotHealthy).toBeUndefined();
    await pass(200);
    expect(agent.whyNotHealthy).toBe("the netio worker has not answered for more than 10 s");
    worker.report(["192.0.2.1"]);
    expect(agent.whyNotHealthy).toBeUndefined();
    worker.fail();
    await pass(10_100);
    expect(agent.whyNotHealthy).toBe("the netio worker has not answered for more than 10 s");
  });

  test("a worker that failed before anything was asked of it owes no answer", async () => {
    const { agent, worker, pass } = startWithService();
    worker.fail();
    worker.report([]);
    await pass(60_000);
    expect(agent.whyNotHealthy).toBeUndefined();
    expect(agent.whyNotReady).toMatch(/^waiting for the API server to list /);
  });

  test("stop lets others take over first, and does not wait for the API server meanwhile", async () => {
    const { agent, worker } = await startAnnouncing();
    worker.holdsDrain = true;
    let isOver = false;
    const stopped = agent.stop().then(() => (isOver = true));
    await settle();
    expect([isOver, worker.stopped]).toEqual([false, false]);
    worker.drained?.();
    await stopped;
    expect(worker.stopped).toBe(true);
  });

  test("stop ends worker and writes", async () => {
    const { agent, cluster, worker, pass } = await startAnnouncing();
    await agent.stop();
    cluster.remove("services", "default/web");
    await pass(5000);
    expect(worker.stopped).toBe(true);
    expect(worker.asked).toEqual(["192.0.2.1"]);
  });
});
