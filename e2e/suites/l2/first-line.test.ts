import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { describeNetwork } from "../../topology/describe-network.ts";
import { eventually } from "../../topology/eventually.ts";
import { Lab } from "../../topology/lab.ts";
import { ownerMac, watchClaims, whoHas } from "../../topology/neighbour-probe.ts";
import { type Families, l2AdvertisementObject, nodeObject, poolObject } from "../../topology/objects.ts";

const pool4 = "192.168.7.40-192.168.7.49";
const pool6 = "fd07::40-fd07::49";

// YAML → operator → status → agent → ARP and NDP → TCP through the address.
describeNetwork("a Service gets its addresses and the network finds them", () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await Lab.create({ nodes: 3 });
    await lab.apply(
      poolObject("lan", [pool4, pool6]),
      l2AdvertisementObject("lan", { ipAddressPools: ["lan"] }),
    );
    await lab.startOperator();
    await lab.startAgents();
  });
  afterEach(() => lab.removeServices());
  afterAll(() => lab.end());

  const url = (address: string): string =>
    address.includes(":") ? `http://[${address}]/` : `http://${address}/`;

  test.each<[Families, number]>([
    ["IPv4", 1],
    ["IPv6", 1],
    ["dual", 2],
  ])("%s: reachable by curl, from the owner's MAC only, and gone after deletion", async (families, count) => {
    expect(
      await whoHas(lab.network.client, "eth0", families === "IPv6" ? "fd07::40" : "192.168.7.40", {
        forMillis: 150,
      }),
    ).toEqual([]);

    await lab.createService("web", families, { endpointsOn: [1, 2, 3] });
    const addresses = await lab.untilAddresses("web", count);

    const owners = new Set<string | undefined>();
    for (const address of addresses) {
      expect(await lab.reach(url(address))).toMatch(/^pod[123]$/);
      owners.add(lab.network.nodeWithMac(await ownerMac(lab.network.client, "eth0", address))?.name);
    }
    expect(owners.size).toBe(1);
    expect(await lab.untilAnnouncer("web")).toBe([...owners][0]);
    expect(await lab.condition("web", "steelyard.io/Allocated")).toMatchObject({ status: "True" });

    await lab.removeServices();
    for (const address of addresses) await lab.untilSilent(address);
    expect(await lab.list("servicel2statuses")).toEqual([]);
  });

  test("nobody answers for an address before it is given to a Service", async () => {
    const watch = await watchClaims(lab.network.client, "eth0");
    for (const address of ["192.168.7.40", "fd07::40"]) {
      expect(await whoHas(lab.network.client, "eth0", address, { forMillis: 300 })).toEqual([]);
    }
    expect(
      (await watch.stop()).filter((claim) => ["192.168.7.40", "fd07::40"].includes(claim.address)),
    ).toEqual([]);
  });

  test("the segment is told at once: gratuitous ARP in both forms, and an unsolicited advertisement", async () => {
    const watch = await watchClaims(lab.network.client, "eth0");
    await lab.createService("web", "dual", { endpointsOn: [1, 2, 3] });
    const [address4, address6] = await lab.untilAddresses("web", 2);
    const seen = await eventually("all three announcements", async () => {
      const claims = watch.claims().filter((claim) => claim.gratuitous);
      const kinds = new Set(
        claims.filter((claim) => [address4, address6].includes(claim.address)).map((claim) => claim.kind),
      );
      return kinds.size === 3 && claims;
    });
    await watch.stop();
    expect(new Set(seen.map((claim) => claim.mac)).size).toBe(1);
    expect(seen.every((claim) => claim.mac === claim.ethernetSource)).toBe(true);
  });

  test("a unicast probe is answered, as a client's reachability check wants it", async () => {
    await lab.createService("web", "dual", { endpointsOn: [1, 2, 3] });
    for (const address of await lab.untilAddresses("web", 2)) {
      const mac = await eventually("an owner", () => ownerMac(lab.network.client, "eth0", address));
      const [answer] = await whoHas(lab.network.client, "eth0", address, {
        to: mac,
        first: true,
        forMillis: 2000,
      });
      expect(answer?.mac).toBe(mac);
    }
  });

  test("an address is announced only while something can answer behind it", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [] });
    const [address = ""] = await lab.untilAddresses("web", 1);
    expect(await whoHas(lab.network.client, "eth0", address, { forMillis: 300 })).toEqual([]);
    await lab.setEndpoints("web", "IPv4", [2]);
    expect(await lab.reach(url(address))).toBe("pod2");
    await lab.setEndpoints("web", "IPv4", []);
    await lab.untilSilent(address);
  });

  test("externalTrafficPolicy Local: only the node with the pod announces", async () => {
    await lab.createService("web", "IPv4", { endpointsOn: [3], spec: { externalTrafficPolicy: "Local" } });
    const [address = ""] = await lab.untilAddresses("web", 1);
    expect(await lab.reach(url(address))).toBe("pod3");
    expect(lab.network.nodeWithMac(await ownerMac(lab.network.client, "eth0", address))?.name).toBe("node3");
  });

  // Without membership a Ready node is all that is known of a living agent; e2e/suites/failover has the ring.
  test.each<[string, (node: number) => Promise<void>, (node: number) => Promise<void>]>([
    ["is not ready", (node) => lab.setNodeReady(node, false), (node) => lab.setNodeReady(node, true)],
    ["is deleted", (node) => lab.remove(nodeObject(node)), (node) => lab.addNode(node)],
  ])("a node that %s hands its addresses to the next in the ranking", async (_what, lose, regain) => {
    await lab.createService("web", "IPv4", { endpointsOn: [1, 2, 3] });
    const [address = ""] = await lab.untilAddresses("web", 1);
    const first = await lab.soleOwner(address);
    await lose(first.number);
    const second = await lab.soleOwner(address, { not: first.name });
    // The status is written off the path on which addresses move: the first owner's may be there a moment longer.
    await eventually(
      "the status to name the second owner",
      async () => (await lab.untilAnnouncer("web")) === second.name,
    );
    await regain(first.number);
  });

  test("the agents hold NET_RAW and nothing else", async () => {
    for (const { pid } of lab.agents) {
      const status = lab.processStatus(pid);
      expect(status["CapEff"]).toBe("0000000000002000");
      if (!lab.hasOnlyRoot) expect(status["Uid"]).toMatch(/^65534\s/);
    }
  });
});
