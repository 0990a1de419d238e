import { describe, expect, test } from "@jest/globals";
import { dualStack, l2StatusOf, serviceOf } from "../core/testing/services.ts";
import { MemoryLeadership } from "../adapters/memory/memory-leadership.ts";
import { OperatorRig } from "./testing/operator-rig.ts";

const at = (second: number): { createdAt: string } => ({
  createdAt: `2026-11-22T08:00:${String(second).padStart(2, "0")}Z`,
});

describe("the operator", () => {
  test("gives a new Service an address, tells who and counts it, each with one write", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    rig.advertisement("lan");
    await rig.start();
    rig.takeWrites();
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(rig.eventsOf("web")).toEqual(['IPAllocated x1: Assigned IP ["192.0.2.0"]']);
    expect(rig.takeWrites()).toEqual(["Service shop/web", "IPAddressPool metallb-system/edge"]);
    expect(rig.cluster.pools.get("metallb-system/edge")?.status).toMatchObject({
      assignedIPv4: 1,
      assignedIPv6: 0,
      availableIPv4: 3,
      availableIPv6: 0,
    });
    expect(rig.metrics.pools.get("edge")?.services).toBe(1);
    await rig.stop();
  });

  test("gives both families", async () => {
    const rig = new OperatorRig();
    rig.pool("dual", ["192.0.2.0/30", "2001:db8::/64"]);
    await rig.start();
    rig.cluster.services.put(serviceOf("shop/web", { spec: dualStack }));
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0", "2001:db8::"]);
    await rig.stop();
  });

  test("counts as pending who lacks what it needs, not who would like a second family", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    rig.cluster.services.put(serviceOf("shop/prefers", { spec: dualStack }));
    await rig.start();
    expect(rig.conditionOf("shop/prefers", "Allocated")).toMatch(/^True SecondFamilyMissing/);
    expect(rig.metrics.term?.pendingServices).toBe(0);
    const strict = { ...dualStack, ipFamilyPolicy: "RequireDualStack" };
    rig.cluster.services.put(serviceOf("shop/requires", { spec: strict }));
    await rig.settle();
    expect(rig.metrics.term?.pendingServices).toBe(1);
    rig.cluster.services.remove("shop/requires");
    await rig.settle();
    expect(rig.metrics.term?.pendingServices).toBe(0);
    await rig.stop();
  });

  test("writes nothing when it is started again", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/28"]);
    rig.pool("broken", ["192.0.2.300/32"]);
    rig.advertisement("lan", { ipAddressPools: ["edge"] });
    for (let index = 0; index < 20; index++) rig.cluster.services.put(serviceOf(`shop/s${index}`, at(index)));
    rig.cluster.services.put(serviceOf("shop/dual", { spec: dualStack }));
    rig.cluster.services.put(serviceOf("shop/asks", { spec: { loadBalancerIP: "192.0.2.9" } }));
    rig.cluster.l2Statuses.put(l2StatusOf("shop/s3", "node-a", ["eth0"]));
    await rig.start();
    expect(rig.takeWrites().length).toBeGreaterThan(20);
    await rig.restart();
    expect(rig.takeWrites()).toEqual([]);
    await rig.stop();
  });

  test("three hold, the first goes, another waits through a restart: nobody's address changes", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.1-192.0.2.3"]);
    for (const [index, name] of ["a", "b", "c"].entries())
      rig.cluster.services.put(serviceOf(`shop/${name}`, at(index)));
    await rig.start();
    expect(["a", "b", "c"].flatMap((name) => rig.addressesOf(`shop/${name}`))).toEqual([
      "192.0.2.1",
      "192.0.2.2",
      "192.0.2.3",
    ]);
    await rig.stop();
    rig.cluster.services.remove("shop/a");
    rig.cluster.services.put(serviceOf("shop/0-new", at(9)));
    await rig.start();
    expect(["b", "c", "0-new"].flatMap((name) => rig.addressesOf(`shop/${name}`))).toEqual([
      "192.0.2.2",
      "192.0.2.3",
      "192.0.2.1",
    ]);
    await rig.stop();
  });

  test("a pool that is too small: the condition has numbers, and a deletion serves the oldest", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.1/32"]);
    rig.cluster.services.put(serviceOf("shop/first", at(0)));
    await rig.start();
    rig.cluster.services.put(serviceOf("shop/young", at(20)));
    rig.cluster.services.put(serviceOf("shop/z-old", at(10)));
    rig.cluster.services.put(serviceOf("shop/younger", at(30)));
    await rig.settle();
    expect(rig.conditionOf("shop/z-old", "Allocated")).toBe(
      "False PoolsFull: pool edge is full (1 of 1 IPv4 addresses in use); " +
        "add addresses to spec.addresses of pool edge, or delete a Service that holds one",
    );
    rig.takeWrites();
    rig.cluster.services.remove("shop/first");
    await rig.settle();
    expect(rig.addressesOf("shop/z-old")).toEqual(["192.0.2.1"]);
    expect(rig.addressesOf("shop/young")).toEqual([]);
    // Those who wait on hear nothing: nothing has changed for them.
    expect(rig.takeWrites()).toEqual(["Service shop/z-old"]);
    await rig.stop();
  });

  test("serves the oldest first among those who come together, whatever the order they are heard of", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.1/32"]);
    await rig.start();
    rig.cluster.services.put(serviceOf("shop/young", at(20)));
    rig.cluster.services.put(serviceOf("shop/z-old", at(10)));
    await rig.settle();
    expect([rig.addressesOf("shop/young"), rig.addressesOf("shop/z-old")]).toEqual([[], ["192.0.2.1"]]);
    await rig.stop();
  });

  test("serves those who wait when a pool appears, oldest first", async () => {
    const rig = new OperatorRig();
    rig.cluster.services.put(serviceOf("shop/young", at(20)));
    rig.cluster.services.put(serviceOf("shop/z-old", at(10)));
    await rig.start();
    expect(rig.conditionOf("shop/young", "Allocated")).toMatch(/^False NoPool: /);
    rig.pool("edge", ["192.0.2.1/32"]);
    await rig.settle();
    expect(rig.addressesOf("shop/z-old")).toEqual(["192.0.2.1"]);
    expect(rig.conditionOf("shop/young", "Allocated")).toMatch(/^False PoolsFull: /);
    await rig.stop();
  });

  test("the single-node case: without an advertisement the Service says so, with one it is announced", async () => {
    const rig = new OperatorRig();
    rig.pool("home", ["192.168.7.40-192.168.7.49"]);
    rig.cluster.services.put(serviceOf("default/web"));
    await rig.start();
    expect(rig.conditionOf("default/web", "Announced")).toMatch(
      /^False NoAdvertisement: 192\.168\.7\.40 is in pool home, but no L2Advertisement selects that pool/,
    );
    rig.advertisement("home", { ipAddressPools: ["home"] });
    await rig.settle();
    expect(rig.conditionOf("default/web", "Announced")).toMatch(/^Unknown AwaitingAgent: /);
    rig.cluster.l2Statuses.put(l2StatusOf("default/web", "pi", ["eth0"]));
    await rig.settle();
    expect(rig.conditionOf("default/web", "Announced")).toBe(
      "True Layer2: node pi (on interface eth0) answers for 192.168.7.40",
    );
    await rig.stop();
  });

  test("a report that goes as another comes changes the condition once", async () => {
    const rig = new OperatorRig();
    rig.pool("home", ["192.168.7.40/32"]);
    rig.advertisement("home");
    rig.cluster.services.put(serviceOf("default/web"));
    rig.cluster.l2Statuses.put(l2StatusOf("default/web", "a"));
    await rig.start();
    rig.takeWrites();
    rig.cluster.l2Statuses.remove("metallb-system/l2-web-a");
    rig.clock.advance(900);
    rig.cluster.l2Statuses.put(l2StatusOf("default/web", "b"));
    await rig.settle();
    expect(rig.takeWrites()).toEqual(["Service default/web"]);
    expect(rig.conditionOf("default/web", "Announced")).toMatch(/^True Layer2: node b /);
    await rig.stop();
  });

  test("takes an address away only when its pool is really gone", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.1/32"]);
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    rig.pool("edge", ["not an address"]);
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.1"]);
    expect(rig.metrics.term?.isConfigurationStale).toBe(true);
    expect(rig.eventsOf("edge")).toEqual([
      expect.stringMatching(/^ConfigurationError x1: spec\.addresses\[0\]: /),
    ]);
    // After a restart nobody remembers the last good version of the pool; the address stays all the same, unwritten.
    rig.takeWrites();
    await rig.restart();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.1"]);
    expect(rig.conditionOf("shop/web", "Allocated")).toBe("True Allocated: 192.0.2.1 from pool edge");
    expect(rig.takeWrites()).toEqual([]);
    rig.cluster.pools.remove("metallb-system/edge");
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual([]);
    expect(rig.eventsOf("web").at(-1)).toContain(
      "ClearAssignment x1: 192.0.2.1 is taken away: no IPAddressPool gives it out any more",
    );
    expect(rig.metrics.pools.size).toBe(0);
    await rig.stop();
  });

  test("asks whether its namespace is right before it takes every address at once", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    rig.cluster.services.put(serviceOf("shop/a"));
    rig.cluster.services.put(serviceOf("shop/b"));
    await rig.start();
    await rig.stop();
    const warning =
      "warn there is no IPAddressPool in namespace metallb-system: 2 Services lose their addresses; " +
      "is this the operator's namespace?";
    expect(rig.log.lines).not.toContain(warning);
    rig.cluster.pools.remove("metallb-system/edge");
    rig.log.lines.splice(0);
    await rig.start();
    expect(rig.log.lines.filter((line) => line.startsWith("warn"))[0]).toBe(warning);
    expect(rig.addressesOf("shop/a")).toEqual([]);
    await rig.restart();
    expect(rig.log.lines.filter((line) => line === warning)).toHaveLength(1);
    await rig.stop();
  });

  test("keeps an address when its pool is renamed or split", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/29"]);
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    rig.cluster.pools.remove("metallb-system/edge");
    rig.pool("west", ["192.0.2.0/30"]);
    rig.pool("east", ["192.0.2.4/30"]);
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(rig.conditionOf("shop/web", "Allocated")).toBe("True Allocated: 192.0.2.0 from pool west");
    await rig.stop();
  });

  test("moves those whose pool is gone by age, whatever the order they are heard of", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    for (const [name, second] of [
      ["young", 9],
      ["old", 1],
      ["middle", 5],
    ] as const)
      rig.cluster.services.put(serviceOf(`shop/${name}`, at(second)));
    await rig.start();
    rig.cluster.pools.remove("metallb-system/edge");
    rig.pool("other", ["198.51.100.0/31"]);
    await rig.settle();
    const addresses = ["old", "middle", "young"].map((name) => rig.addressesOf(`shop/${name}`));
    expect(addresses).toEqual([["198.51.100.0"], ["198.51.100.1"], []]);
    await rig.stop();
  });

  test("removes what it wrote from a Service that is no load balancer any more, and reuses the address", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.1/32"]);
    rig.cluster.services.put(serviceOf("shop/web", at(0)));
    await rig.start();
    rig.cluster.services.put(serviceOf("shop/next", at(1)));
    await rig.settle();
    const held = rig.cluster.services.get("shop/web");
    if (held === undefined) throw new Error("the Service is gone");
    rig.cluster.services.put({ ...held, spec: { ...held.spec, type: "ClusterIP" } });
    await rig.settle();
    const cleared = rig.cluster.services.get("shop/web");
    expect(cleared?.metadata.annotations).toEqual({});
    expect(cleared?.status).toEqual({ loadBalancer: {} });
    expect(rig.addressesOf("shop/next")).toEqual(["192.0.2.1"]);
    await rig.stop();
  });

  test("leaves Services of another class alone, but does not give their addresses away", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.1-192.0.2.2"]);
    const spec = { loadBalancerClass: "example.com/rival" };
    rig.cluster.services.put(serviceOf("shop/rival", { spec, ingress: [{ ip: "192.0.2.1" }] }));
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.2"]);
    expect(rig.takeWrites()).not.toContain("Service shop/rival");
    await rig.stop();
  });
});

describe("when writing is difficult", () => {
  test("a stale copy leads to a conflict and then to the right write, and to one event", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    await rig.start();
    const service = rig.cluster.services.put(serviceOf("shop/web"));
    rig.reader?.services.hold();
    rig.cluster.services.put({
      ...service,
      metadata: { ...service.metadata, labels: { changed: "meanwhile" } },
    });
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual([]);
    rig.reader?.services.release();
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(rig.eventsOf("web").filter((event) => event.startsWith("IPAllocated"))).toEqual([
      'IPAllocated x1: Assigned IP ["192.0.2.0"]',
    ]);
    await rig.stop();
  });

  test("two Services never get the same address while the watch is behind", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    await rig.start();
    rig.cluster.services.put(serviceOf("shop/a"));
    rig.reader?.services.hold();
    await rig.settle();
    rig.cluster.services.put(serviceOf("shop/b"));
    rig.reader?.services.release();
    await rig.settle();
    expect([rig.addressesOf("shop/a"), rig.addressesOf("shop/b")]).toEqual([["192.0.2.0"], ["192.0.2.1"]]);
    await rig.stop();
  });

  test("an error is retried with the same address", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    await rig.start();
    rig.cluster.faults.push(new Error("connection reset"), new Error("connection reset"));
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(rig.metrics.updateErrors).toBe(2);
    await rig.stop();
  });
});

describe("the write budget of an object", () => {
  test("is not what its namesake before it has left", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    const writeBudget = { perObject: { burst: 1, perSecond: 0.001 }, total: { burst: 100, perSecond: 100 } };
    await rig.start({ writeBudget });
    for (let life = 0; life < 5; life++) {
      const { metadata, ...rest } = serviceOf("shop/web");
      rig.cluster.services.put({ ...rest, metadata: { ...metadata, uid: `life-${life}` } });
      await rig.settle();
      expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
      rig.cluster.services.remove("shop/web");
    }
    await rig.stop();
  });
});

describe("leadership", () => {
  test("a standby writes nothing, takes over with what it finds, and stops when it is deposed", async () => {
    const rig = new OperatorRig();
    rig.leadership = new MemoryLeadership({ leads: false });
    rig.pool("edge", ["192.0.2.0/30"]);
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    expect(rig.takeWrites()).toEqual([]);
    expect(rig.operator?.readiness).toEqual({ ok: true, because: "standing by" });
    rig.leadership.give();
    await rig.settle();
    expect(rig.addressesOf("shop/web")).toEqual(["192.0.2.0"]);
    expect(rig.operator?.readiness).toEqual({ ok: true, because: "leading" });
    rig.leadership.take();
    rig.takeWrites();
    rig.cluster.services.put(serviceOf("shop/late"));
    await rig.settle();
    expect(rig.takeWrites()).toEqual([]);
    rig.leadership.give();
    await rig.settle();
    expect(rig.addressesOf("shop/late")).toEqual(["192.0.2.1"]);
    await rig.stop();
  });

  test("every timer is gone when the operator has stopped", async () => {
    const rig = new OperatorRig();
    rig.pool("edge", ["192.0.2.0/30"]);
    rig.cluster.services.put(serviceOf("shop/web"));
    await rig.start();
    rig.cluster.services.put(serviceOf("shop/other"));
    await rig.stop();
    expect(rig.clock.pendingTimers).toBe(0);
  });
});
