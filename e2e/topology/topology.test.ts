import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { plan } from "./addressing.ts";
import { describeNetwork } from "./describe-network.ts";
import { eventually } from "./eventually.ts";
import { monotonicMillis } from "./monotonic.ts";
import { ownerMac, watchClaims } from "./neighbour-probe.ts";
import { Network } from "./network.ts";
import { programServiceRoutes } from "./service-data-path.ts";
import { Stranger } from "./stranger.ts";
import { Visitor } from "./visitor.ts";

// The ground the other suites stand on, without a line of Steelyard: if this is red, nothing else means anything.
describeNetwork("the test network by itself", () => {
  let network: Network;

  beforeAll(async () => {
    network = await Network.create({ nodes: 2 });
  });
  afterAll(() => network.delete());

  test.each([
    ["IPv4", plan.nodeAddress4(1)],
    ["IPv6", plan.nodeAddress6(1)],
  ])("a node's own %s address is answered from the node's MAC", async (_family, address) => {
    expect(await ownerMac(network.client, "eth0", address)).toBe(network.node(1).lan.mac);
  });

  test.each(["192.168.7.40", "fd07::40"])("nobody answers for %s, which nobody has", async (address) => {
    expect(await ownerMac(network.client, "eth0", address, { forMillis: 250 })).toBeUndefined();
  });

  test.each([
    ["IPv4", "192.168.7.40", "http://192.168.7.40/", plan.podAddress4],
    ["IPv6", "fd07::40", "http://[fd07::40]/", plan.podAddress6],
  ])(
    "a client that knows the MAC reaches the pods of all nodes through an %s address",
    async (_family, address, url, podAddress) => {
      const node = network.node(1);
      const endpoints = [1, 2].map((number) => ({ address: podAddress(number), port: 8080 }));
      await programServiceRoutes(node.host, [{ address, port: 80, protocol: "tcp", endpoints }]);
      await network.client.ip("neighbour", "replace", address, "lladdr", node.lan.mac, "dev", "eth0");
      const answers = new Set<string>();
      for (let attempt = 0; attempt < 40 && answers.size < 2; attempt++) {
        answers.add((await network.client.run("curl", ["-sS", "--max-time", "2", url])).trim());
      }
      expect([...answers].sort()).toEqual(["pod1", "pod2"]);
      await network.client.ip("neighbour", "del", address, "dev", "eth0");
    },
  );

  test("a node whose cable is cut answers no more, and again when it is back", async () => {
    const node = network.node(2);
    await network.lan.cut(node.lan);
    expect(await ownerMac(network.client, "eth0", plan.nodeAddress4(2), { forMillis: 250 })).toBeUndefined();
    await network.lan.restore(node.lan);
    expect(await ownerMac(network.client, "eth0", plan.nodeAddress4(2), { forMillis: 1000 })).toBe(
      node.lan.mac,
    );
  });
});

// The faults that the failover suites are made of, each by itself.
describeNetwork("what can befall the test network", () => {
  let network: Network;
  const address = plan.nodeAddress4(2);
  const owner = (forMillis = 150): Promise<string | undefined> =>
    ownerMac(network.client, "eth0", address, { forMillis });

  beforeAll(async () => {
    network = await Network.create({ nodes: 3 });
  });
  afterAll(() => network.delete());

  test("halves that are parted hear only themselves, keep their carrier, and are one again", async () => {
    const [first, second, third] = [network.node(1), network.node(2), network.node(3)];
    await network.split([second, third]);
    expect(await owner()).toBeUndefined();
    expect(await ownerMac(third.host, "eth0", address)).toBe(second.lan.mac);
    expect(await ownerMac(first.host, "eth0", address)).toBeUndefined();
    expect(await second.host.ip("link", "show", "eth0")).toContain("LOWER_UP");
    await network.join([second, third]);
    expect(await owner(1000)).toBe(second.lan.mac);
    expect(await ownerMac(first.host, "eth0", address)).toBe(second.lan.mac);
  });

  test("an interface that was down has the addresses of both families again", async () => {
    const { host } = network.node(2);
    await host.ip("link", "set", "eth0", "down");
    expect(await owner()).toBeUndefined();
    await host.ip("link", "set", "eth0", "up");
    expect(await owner(1000)).toBe(network.node(2).lan.mac);
    expect(await ownerMac(network.client, "eth0", plan.nodeAddress6(2), { forMillis: 1000 })).toBeDefined();
  });

  test.each(["192.168.7.200", "fd07::200"])(
    "a stranger takes %s, says so, answers for it, and lets it go",
    async (taken) => {
      const stranger = await Stranger.arrive(network.lan);
      const watch = await watchClaims(network.client, "eth0");
      const prefix = taken.includes(":") ? 64 : 24;
      await stranger.take(`${taken}/${prefix}`);
      await eventually("it to be announced", () =>
        Promise.resolve(watch.claims().some(({ gratuitous, address: what }) => gratuitous && what === taken)),
      );
      await watch.stop();
      expect(await ownerMac(network.client, "eth0", taken)).toBe(stranger.mac);
      await stranger.release(`${taken}/${prefix}`);
      expect(await ownerMac(network.client, "eth0", taken, { forMillis: 150 })).toBeUndefined();
      await stranger.leave();
    },
  );
});

// The client that the failover suites believe, beside a Service path that is known to the nanosecond it breaks.
describeNetwork("a visitor of a Service", () => {
  let network: Network;
  const address = "192.168.7.40";

  beforeAll(async () => {
    network = await Network.create({ nodes: 2 });
    const routes = (local: boolean) => [
      {
        address,
        port: 80,
        protocol: "tcp" as const,
        endpoints: [{ address: plan.podAddress4(2), port: 8080 }],
        keepsSource: local,
      },
    ];
    await programServiceRoutes(network.node(1).host, routes(false));
    await programServiceRoutes(network.node(2).host, routes(true));
  });
  afterAll(() => network.delete());

  const pointTo = (number: number): Promise<string> =>
    network.client.ip(
      ...["neighbour", "replace", address, "lladdr", network.node(number).lan.mac, "dev", "eth0"],
    );

  test("loses nothing while all is well, with the client's address kept and without", async () => {
    for (const number of [1, 2]) {
      await pointTo(number);
      const visitor = await Visitor.start(network.client, address);
      await visitor.untilServed(monotonicMillis());
      expect(await visitor.stop()).toMatchObject({ lost: 0, cut: 0, pods: ["pod2"] });
    }
  });

  test("measures an outage from the moment it began to the first good connection", async () => {
    await pointTo(1);
    const visitor = await Visitor.start(network.client, address);
    await visitor.untilServed(monotonicMillis());
    const began = monotonicMillis();
    await network.cut(network.node(1));
    await pause(200);
    const mended = monotonicMillis();
    await pointTo(2);
    const outage = await visitor.untilServed(began);
    const { lost, longestGapMillis } = await visitor.stop();
    expect(outage).toBeGreaterThanOrEqual(mended - began);
    expect(outage).toBeLessThan(mended - began + 100);
    expect(longestGapMillis).toBeGreaterThan(150);
    expect(lost).toBeGreaterThan(20);
    await network.restore(network.node(1));
  });
});
