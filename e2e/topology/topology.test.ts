import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { plan } from "./addressing.ts";
import { describeNetwork } from "./describe-network.ts";
import { ownerMac } from "./neighbour-probe.ts";
import { Network } from "./network.ts";
import { programServiceRoutes } from "./service-data-path.ts";

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
