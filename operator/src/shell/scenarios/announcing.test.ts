import { describe, expect, test } from "@jest/globals";
import { projectNode } from "@steelyard/model/resources";
import { l2StatusOf, serviceOf } from "../../core/testing/services.ts";
import { OperatorRig } from "../testing/operator-rig.ts";

const key = "shop/web";

async function running(parts: { readonly endpoints?: readonly string[] } = {}): Promise<OperatorRig> {
  const rig = new OperatorRig();
  rig.cluster.showsSurroundings = true;
  rig.pool("edge", ["192.0.2.1-192.0.2.9"]);
  rig.advertisement("lan");
  node(rig, "node-a");
  node(rig, "node-b");
  if (parts.endpoints !== undefined) endpoints(rig, parts.endpoints);
  await rig.start();
  rig.takeWrites();
  return rig;
}

function node(rig: OperatorRig, name: string, conditions: readonly object[] = []): void {
  rig.cluster.nodes.put(projectNode({ metadata: { name }, status: { conditions } }));
}

function endpoints(rig: OperatorRig, nodes: readonly string[], unready = 0): void {
  const summary = { nodes, canServe: nodes.length > 0, hasEndpoints: nodes.length + unready > 0 };
  rig.cluster.endpoints.put({
    metadata: { namespace: "shop", name: "web-x" },
    service: key,
    ...summary,
  });
}

function segment(rig: OperatorRig, nodeName: string, report: object | undefined): void {
  const annotations = report && { "steelyard.io/segment": JSON.stringify(report) };
  rig.cluster.configurationStates.put({
    apiVersion: "metallb.io/v1beta1",
    kind: "ConfigurationState",
    metadata: {
      namespace: "metallb-system",
      name: `speaker-${nodeName}`,
      ...(annotations && { annotations }),
    },
  });
}

const announced = (rig: OperatorRig): string | undefined => rig.conditionOf(key, "Announced");
const web = serviceOf(key, { spec: { selector: { app: "web" } } });
const said = (rig: OperatorRig): readonly string[] =>
  rig.eventsOf("web").filter((event) => !event.startsWith("IPAllocated"));

describe("what is written about a Service", () => {
  test("that is served from the start: the address, and who answers", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.cluster.services.put(web);
    rig.clock.advance(100);
    await rig.settle();
    rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
    await rig.settle();
    expect(announced(rig)).toMatch(/^True Layer2: /);
    expect(rig.takeWrites()).toEqual([
      `Service ${key}`,
      "IPAddressPool metallb-system/edge",
      `Service ${key}`,
    ]);
    expect(said(rig)).toEqual([]);
    await rig.stop();
  });

  test("whose pods come later: the same, and no word of them", async () => {
    const rig = await running();
    rig.cluster.services.put(web);
    await rig.pass(2_000);
    endpoints(rig, [], 1);
    await rig.pass(800);
    endpoints(rig, ["node-a"], 0);
    await rig.pass(800);
    rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
    await rig.settle();
    expect(announced(rig)).toMatch(/^True Layer2: /);
    expect(rig.takeWrites().filter((write) => write === `Service ${key}`)).toHaveLength(2);
    expect(said(rig)).toEqual([]);
    await rig.stop();
  });

  test("whose pods carry other labels: the address, and which pods were meant", async () => {
    const rig = await running();
    rig.pods.pods.set("shop", [
      { name: "web-1", labels: { "app.kubernetes.io/name": "web" }, whyNotReady: undefined },
    ]);
    rig.cluster.services.put(web);
    await rig.settle();
    expect(announced(rig)).toMatch(
      /^False NoEndpoint: .* matches the selector app=web, so nothing answers for 192/,
    );
    expect(said(rig)).toEqual([]);
    for (let seconds = 0; seconds < 300; seconds += 2) await rig.settle();
    const message = /; pod web-1 carries app\.kubernetes\.io\/name=web, the Service selects app=web$/;
    expect(announced(rig)).toMatch(message);
    expect(said(rig)).toEqual([expect.stringMatching(/^NoEndpoint x1: /)]);
    expect(said(rig)[0]).toMatch(message);
    expect(rig.pods.asked).toEqual(["shop"]);
    expect(rig.takeWrites().filter((write) => write === `Service ${key}`)).toHaveLength(2);
    // Who leads next finds it told.
    await rig.restart();
    await rig.settle();
    await rig.settle();
    await rig.settle();
    expect(rig.takeWrites()).toEqual([]);
    expect(rig.pods.asked).toEqual(["shop"]);
    await rig.stop();
  });

  test("whose pods are replaced by others that do not start: what is true of those", async () => {
    const rig = await running();
    const pod = (name: string, why: string) => [
      { name, labels: { app: "web" }, whyNotReady: `is not ready (container main: ${why})` },
    ];
    endpoints(rig, [], 1);
    rig.pods.pods.set("shop", pod("web-1", "ImagePullBackOff"));
    rig.cluster.services.put(web);
    await rig.pass(20_000);
    expect(announced(rig)).toMatch(/; pod web-1 is not ready \(container main: ImagePullBackOff\)$/);
    rig.pods.pods.set("shop", pod("web-2", "CrashLoopBackOff"));
    rig.takeWrites();
    await rig.pass(3_600_000);
    expect(announced(rig)).toMatch(/; pod web-2 is not ready \(container main: CrashLoopBackOff\)$/);
    expect(rig.takeWrites()).toEqual([`Service ${key}`]);
    expect(rig.pods.asked.length).toBeLessThan(10);
    await rig.stop();
  });

  test("during a rolling update, and while its endpoints flap: nothing", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.cluster.services.put(web);
    rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
    await rig.settle();
    rig.takeWrites();
    for (let pod = 0; pod < 50; pod++) {
      endpoints(rig, ["node-a"], pod % 3);
      await rig.pass(300);
    }
    for (let flap = 0; flap < 50; flap++) {
      endpoints(rig, []);
      rig.cluster.l2Statuses.remove("metallb-system/l2-web-node-a");
      await rig.pass(800);
      endpoints(rig, ["node-a"]);
      rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
      await rig.pass(100);
    }
    expect(rig.takeWrites()).toEqual([]);
    expect(said(rig)).toEqual([]);
    await rig.stop();
  });

  test.each([2_000, 10_000, 40_000])(
    "whose pods start and fail every %i ms: twice a minute",
    async (millis) => {
      const rig = await running({ endpoints: ["node-a"] });
      rig.cluster.services.put(web);
      rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
      await rig.settle();
      rig.takeWrites();
      for (let passed = 0; passed < 600_000; passed += millis) {
        endpoints(rig, [], 1);
        rig.cluster.l2Statuses.remove("metallb-system/l2-web-node-a");
        await rig.pass(millis / 2);
        endpoints(rig, ["node-a"]);
        rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
        await rig.pass(millis / 2);
      }
      expect(rig.takeWrites().length).toBeLessThanOrEqual(20);
      await rig.stop();
    },
  );

  test("that loses its endpoints for good: once, as condition and as event", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.cluster.services.put(web);
    rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
    await rig.settle();
    rig.takeWrites();
    endpoints(rig, [], 2);
    rig.cluster.l2Statuses.remove("metallb-system/l2-web-node-a");
    await rig.pass(60_000);
    expect(announced(rig)).toMatch(/^False NoReadyEndpoint: /);
    expect(said(rig)).toEqual([expect.stringMatching(/^NoReadyEndpoint x1: /)]);
    expect(rig.takeWrites()).toEqual([`Service ${key}`]);
    await rig.stop();
  });
});

test("reports about the old address say nothing about a new one", async () => {
  const rig = await running({ endpoints: ["node-a"] });
  rig.cluster.services.put(web);
  rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
  await rig.settle();
  await rig.settle();
  const held = rig.cluster.services.get(key);
  if (held === undefined) throw new Error("there is no Service");
  rig.takeWrites();
  rig.cluster.services.put({ ...held, spec: { ...held.spec, loadBalancerIP: "192.0.2.9" } });
  await rig.pass(500);
  expect(announced(rig)).toMatch(/^Unknown AwaitingAgent: L2Advertisement lan covers 192\.0\.2\.9, /);
  await rig.pass(2_000);
  expect(announced(rig)).toMatch(/^True Layer2: .* answers for 192\.0\.2\.9$/);
  expect(rig.takeWrites().filter((write) => write === `Service ${key}`)).toHaveLength(2);
  await rig.stop();
});

test("nodes that change are taken in, those of Services that nobody answers for", async () => {
  const rig = await running({ endpoints: ["node-a"] });
  rig.cluster.nodes.remove("node-b");
  rig.cluster.services.put(web);
  await rig.settle();
  expect(announced(rig)).toMatch(/^Unknown AwaitingAgent: /);
  node(rig, "node-a", [{ type: "NetworkUnavailable", status: "True" }]);
  await rig.settle();
  expect(announced(rig)).toMatch(/^False NoEligibleNode: .*node-a has the condition NetworkUnavailable/);
  node(rig, "node-a");
  await rig.settle();
  expect(announced(rig)).toMatch(/^Unknown AwaitingAgent: /);
  await rig.stop();
});

test("a report is worth what its node is worth", async () => {
  const ready = [{ type: "Ready", status: "True" }];
  const silent = [{ type: "Ready", status: "Unknown" }];
  const rig = await running({ endpoints: ["node-a"] });
  node(rig, "node-a", ready);
  node(rig, "node-b", ready);
  rig.cluster.services.put(web);
  rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
  await rig.settle();
  rig.takeWrites();
  // One blink of the control plane is no news.
  node(rig, "node-a", silent);
  await rig.pass(5_000);
  node(rig, "node-a", ready);
  await rig.pass(20_000);
  expect(rig.takeWrites()).toEqual([]);
  node(rig, "node-a", silent);
  await rig.pass(20_000);
  expect(announced(rig)).toMatch(/^Unknown NodeNotReady: node node-a \(on every interface\) answers for/);
  rig.cluster.nodes.remove("node-a");
  await rig.pass(20_000);
  expect(announced(rig)).toMatch(/^Unknown AwaitingAgent: /);
  node(rig, "node-a", ready);
  await rig.pass(2_000);
  expect(announced(rig)).toMatch(/^True Layer2: /);
  expect(rig.takeWrites()).toHaveLength(3);
  // What a dead node saw last is no word on those that live.
  segment(rig, "node-b", { checks: { "192.0.2.1": { verdict: "NobodyAnswers", macs: [] } } });
  await rig.settle();
  expect(announced(rig)).toMatch(/^False NobodyAnswers: /);
  node(rig, "node-b", silent);
  await rig.settle();
  expect(announced(rig)).toMatch(/^True Layer2: /);
  await rig.stop();
});

test("what an agent sees of the segment is told, and what it sees no longer is not", async () => {
  const rig = await running({ endpoints: ["node-a"] });
  rig.cluster.services.put(web);
  rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
  await rig.settle();
  node(rig, "node-b");
  segment(rig, "node-b", { checks: { "192.0.2.1": { verdict: "NobodyAnswers", macs: [] } } });
  await rig.pass(2_500);
  expect(announced(rig)).toMatch(
    /^False NobodyAnswers: .*node-b asked the segment for \S+ and heard nobody; /,
  );
  expect(said(rig)).toEqual([expect.stringMatching(/^NobodyAnswers x1: /)]);
  segment(rig, "node-b", undefined);
  await rig.settle();
  expect(announced(rig)).toMatch(/^True Layer2: /);
  segment(rig, "node-a", { suspended: ["192.0.2.1"] });
  await rig.settle();
  expect(announced(rig)).toMatch(/^True ExclusionSuspended: /);
  expect(said(rig)).toHaveLength(2);
  await rig.restart();
  rig.takeWrites();
  await rig.settle();
  expect(rig.takeWrites()).toEqual([]);
  await rig.stop();
});

describe("an address that somebody outside the cluster answers for", () => {
  const held = (...addresses: readonly string[]) => ({
    held: Object.fromEntries(addresses.map((address) => [address, { mac: "aa:bb:cc:dd:ee:01" }])),
  });

  test("is exchanged at once for a Service that got it by itself, and nobody is moved back", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.cluster.services.put(web);
    await rig.settle();
    rig.takeWrites();
    segment(rig, "node-a", held("192.0.2.1"));
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.2"]);
    const why = "192.0.2.1, which is answered by aa:bb:cc:dd:ee:01 on the segment of node node-a";
    const allocated = `True Allocated: 192.0.2.2 from pool edge, in place of ${why}`;
    expect(rig.conditionOf(key, "Allocated")).toBe(allocated);
    expect(said(rig)).toEqual([
      "ClearAssignment x1: 192.0.2.1 becomes 192.0.2.2: it is answered by aa:bb:cc:dd:ee:01 on the segment of node node-a",
    ]);
    expect([...rig.metrics.addressChanges]).toEqual([["quarantined", 1]]);
    expect(rig.takeWrites()).toEqual([`Service ${key}`]);
    segment(rig, "node-a", undefined);
    await rig.settle();
    await rig.restart();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.2"]);
    expect(rig.conditionOf(key, "Allocated")).toBe(allocated);
    expect(rig.takeWrites()).toEqual([]);
    rig.cluster.services.put(serviceOf("shop/next"));
    await rig.settle();
    expect(rig.addressesOf("shop/next")).toEqual(["192.0.2.1"]);
    await rig.stop();
  });

  test("is not exchanged for ever where one host answers for everything", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.pool("edge", ["192.0.2.1-192.0.2.200"]);
    const services = [key, "shop/next", "shop/third"];
    for (const service of services) rig.cluster.services.put(serviceOf(service));
    const answered = new Set<string>();
    for (let report = 0; report < 40; report++) {
      await rig.settle();
      for (const service of services) rig.addressesOf(service).forEach((one) => one && answered.add(one));
      segment(rig, "node-a", held(...answered));
    }
    expect(answered.size).toBeLessThan(8 + services.length);
    expect(announced(rig)).toMatch(/^False ForeignHolder: .*answers for 8 addresses or more, as a router/);
    rig.takeWrites();
    await rig.restart();
    await rig.pass(20_000);
    expect(rig.takeWrites()).toEqual([]);
    await rig.stop();
  });

  test("stays with a Service that asks for it, which is told", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    segment(rig, "node-a", held("192.0.2.1"));
    rig.cluster.services.put(serviceOf(key, { spec: { loadBalancerIP: "192.0.2.1" } }));
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.1"]);
    expect(announced(rig)).toMatch(
      /^False ForeignHolder: .*asks for this address \(spec\.loadBalancerIP: 192\.0\.2\.1\)/,
    );
    await rig.stop();
  });

  test("is given out again when the node that saw him is gone for good, whatever it has left behind", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    node(rig, "node-c");
    segment(rig, "node-c", held("192.0.2.1"));
    await rig.pass(2_000);
    rig.cluster.services.put(web);
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.2"]);
    rig.cluster.nodes.remove("node-c");
    await rig.pass(2_000);
    rig.cluster.services.put(serviceOf("shop/next"));
    await rig.settle();
    expect(rig.addressesOf("shop/next")).toEqual(["192.0.2.1"]);
    await rig.stop();
  });

  test("stays where an agent announces it, and where there is no other", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.pool("edge", ["192.0.2.1/32"]);
    rig.cluster.services.put(web);
    rig.cluster.l2Statuses.put(l2StatusOf(key, "node-a"));
    await rig.settle();
    segment(rig, "node-b", held("192.0.2.1"));
    rig.pool("edge", ["192.0.2.1-192.0.2.2"]);
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.1"]);
    rig.pool("edge", ["192.0.2.1/32"]);
    await rig.settle();
    rig.cluster.l2Statuses.remove("metallb-system/l2-web-node-a");
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.1"]);
    expect(announced(rig)).toMatch(/^False ForeignHolder: .*it stays, because no pool has another one/);
    expect(rig.metrics.term?.pendingServices).toBe(0);
    // As soon as there is one, it is taken.
    rig.cluster.services.put(serviceOf("shop/other", { createdAt: "2026-11-22T09:00:00Z" }));
    rig.pool("edge", ["192.0.2.1-192.0.2.2"]);
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.2"]);
    await rig.stop();
  });

  test("is left when another Service sets an address free", async () => {
    const rig = await running({ endpoints: ["node-a"] });
    rig.pool("edge", ["192.0.2.1-192.0.2.2"]);
    rig.cluster.services.put(web);
    await rig.settle();
    rig.cluster.services.put(serviceOf("shop/other"));
    await rig.settle();
    segment(rig, "node-b", held("192.0.2.1"));
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.1"]);
    rig.cluster.services.remove("shop/other");
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.2"]);
    await rig.stop();
  });

  test("is waited for by those who get no other, and given out when nobody answers any more", async () => {
    const rig = await running();
    rig.pool("edge", ["192.0.2.1/32"]);
    segment(rig, "node-a", held("192.0.2.1"));
    rig.cluster.services.put(web);
    await rig.settle();
    expect(rig.conditionOf(key, "Allocated")).toMatch(
      /^False PoolsFull: pool edge is full \(0 of 1 IPv4 addresses in use; 192\.0\.2\.1 is answered by aa:bb/,
    );
    segment(rig, "node-a", undefined);
    await rig.settle();
    expect(rig.addressesOf(key)).toEqual(["192.0.2.1"]);
    await rig.stop();
  });
});
