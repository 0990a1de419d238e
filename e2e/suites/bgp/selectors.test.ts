import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { eventually } from "../../topology/eventually.ts";
import { bgpAdvertisementObject } from "../../topology/objects.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import {
  advertisement,
  bgpLab,
  createService,
  describeRouters,
  ownAsn,
  peerName,
  peerTo,
  routerAsn,
  setPeers,
  statusPeers,
} from "./bgp-lab.ts";

// Two nodes and two routers: what of it is announced from where to whom.
describeRouters("who announces what to whom", ["bird", "gobgp"], () => {
  let lab: RouterLab;
  let first: Site;
  let second: Site;

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 2 });
    await lab.lab.startAgents();
    first = await lab.addRouter("bird", { asn: routerAsn, neighbors: lab.neighbors({ asn: ownAsn }) });
    second = await lab.addRouter("gobgp", { asn: routerAsn, neighbors: lab.neighbors({ asn: ownAsn }) });
    await setPeers(lab, peerTo(first), peerTo(second));
    for (const site of [first, second]) await lab.untilPeered(site);
  });
  beforeEach(async () => {
    await lab.lab.removeServices();
    for (const name of ["all", "more"]) {
      const object = bgpAdvertisementObject(name);
      if ((await lab.lab.list("bgpadvertisements")).some(({ metadata }) => metadata.name === name))
        await lab.lab.remove(object);
    }
  });
  afterAll(() => lab.end());

  const nextHops = async ({ router }: Site, prefix: string | undefined): Promise<readonly string[]> =>
    (await router.routesTo(prefix ?? "")).map(({ nextHop }) => nextHop).sort();
  const untilNextHops = (
    site: Site,
    prefix: string | undefined,
    nodes: readonly number[],
  ): Promise<unknown> =>
    site.router.until(`${prefix} from nodes ${nodes.join()}`, async () => {
      const hops = await nextHops(site, prefix);
      if (hops.join() !== nodes.map(plan.nodeAddress4).join()) throw new Error(`it is from ${hops.join()}`);
      return true;
    });
  const untilStatus = (service: string, node: string, sites: readonly Site[]): Promise<unknown> =>
    eventually(`the ServiceBGPStatus of ${service} on ${node}`, async () => {
      const peers = await statusPeers(lab, service, node);
      if (peers.join() !== sites.map((site) => peerName(site)).join())
        throw new Error(`it says ${peers.join()}`);
      return true;
    });

  test("every node to every router, and ServiceBGPStatus says so", async () => {
    await lab.lab.apply(advertisement());
    const [prefix] = await createService(lab, "web", "IPv4", [1, 2]);
    for (const site of [first, second]) await untilNextHops(site, prefix, [1, 2]);
    for (const node of ["node1", "node2"]) await untilStatus("web", node, [first, second]);
    expect(await lab.lab.untilCondition("web", "steelyard.io/Announced", "True")).toBeDefined();
    await lab.lab.removeService("web");
    for (const site of [first, second]) await untilNextHops(site, prefix, []);
    await eventually(
      "ServiceBGPStatus objects to go",
      async () => (await lab.lab.list("servicebgpstatuses")).length === 0,
    );
  });

  test("peers: only to the routers that are named", async () => {
    await lab.lab.apply(advertisement({ peers: [peerName(second), "unknown"] }));
    const [prefix] = await createService(lab, "web", "IPv4", [1, 2]);
    await untilNextHops(second, prefix, [1, 2]);
    expect(await nextHops(first, prefix)).toEqual([]);
    await untilStatus("web", "node1", [second]);
    await lab.lab.apply(advertisement({ peers: [peerName(first)] }));
    await untilNextHops(first, prefix, [1, 2]);
    await untilNextHops(second, prefix, []);
    await untilStatus("web", "node1", [first]);
  });

  test("nodeSelectors: only from the nodes that are named", async () => {
    await lab.lab.apply(
      advertisement({ nodeSelectors: [{ matchLabels: { "kubernetes.io/hostname": "node2" } }] }),
    );
    const [prefix] = await createService(lab, "web", "IPv4", [1, 2]);
    for (const site of [first, second]) await untilNextHops(site, prefix, [2]);
    await untilStatus("web", "node1", []);
    await untilStatus("web", "node2", [first, second]);
  });

  test("externalTrafficPolicy Local: only from nodes with a pod, as long as it is ready", async () => {
    await lab.lab.apply(advertisement());
    const [prefix] = await createService(lab, "web", "IPv4", [1], {
      spec: { externalTrafficPolicy: "Local" },
    });
    for (const site of [first, second]) await untilNextHops(site, prefix, [1]);
    await lab.lab.setEndpoints("web", "IPv4", [2]);
    for (const site of [first, second]) await untilNextHops(site, prefix, [2]);
    await lab.lab.setEndpoints("web", "IPv4", []);
    for (const site of [first, second]) await untilNextHops(site, prefix, []);
  });

  test("serviceSelectors: two advertisements of one pool for two kinds of Services", async () => {
    await lab.lab.apply(
      bgpAdvertisementObject("all", {
        communities: ["65000:1"],
        serviceSelectors: [{ matchLabels: { tier: "front" } }],
      }),
      bgpAdvertisementObject("more", {
        communities: ["65000:2"],
        serviceSelectors: [{ matchLabels: { tier: "back" } }],
      }),
    );
    const prefixes = new Map<string, string | undefined>();
    for (const tier of ["front", "back", "none"]) {
      await lab.lab.createService(tier, "IPv4", { endpointsOn: [1, 2] });
      await lab.lab.kube.mergePatch(`/api/v1/namespaces/default/services/${tier}`, {
        metadata: { labels: { tier } },
      });
      const [address] = await lab.lab.untilAddresses(tier, 1);
      prefixes.set(tier, `${address}/32`);
    }
    for (const [tier, community] of [
      ["front", "65000:1"],
      ["back", "65000:2"],
    ] as const) {
      const routes = await first.router.untilRoutes(prefixes.get(tier) ?? "", 2);
      for (const { communities } of routes) expect(communities).toEqual([community]);
    }
    expect(await first.router.routesTo(prefixes.get("none") ?? "")).toEqual([]);
  });

  test("aggregation: one prefix for all addresses of it, until the last has gone; and the addresses besides", async () => {
    await lab.lab.apply(
      bgpAdvertisementObject("all", { aggregationLength: 24, communities: ["65000:24"] }),
      bgpAdvertisementObject("more", { communities: ["65000:32"] }),
    );
    const [one] = await createService(lab, "one", "IPv4", [1, 2]);
    const [two] = await createService(lab, "two", "IPv4", [1, 2]);
    const aggregate = "198.51.100.0/24";
    for (const [prefix, community] of [
      [aggregate, "65000:24"],
      [one, "65000:32"],
      [two, "65000:32"],
    ] as const)
      for (const { communities } of await second.router.untilRoutes(prefix ?? "", 2))
        expect(communities).toEqual([community]);
    await lab.lab.removeService("one");
    await untilNextHops(second, one, []);
    expect(await nextHops(second, aggregate)).toHaveLength(2);
    await lab.lab.removeService("two");
    await untilNextHops(second, aggregate, []);
  });

  test("advertisements that contradict each other announce nothing, and the Service says so", async () => {
    await lab.lab.apply(
      bgpAdvertisementObject("all", {
        localPref: 100,
        serviceSelectors: [{ matchLabels: { tier: "front" } }],
      }),
      bgpAdvertisementObject("more", { localPref: 200 }),
    );
    await lab.lab.createService("web", "IPv4", { endpointsOn: [1, 2] });
    await lab.lab.kube.mergePatch("/api/v1/namespaces/default/services/web", {
      metadata: { labels: { tier: "front" } },
    });
    const [address] = await lab.lab.untilAddresses("web", 1);
    await eventually("a condition that names what is contradictory", async () => {
      const message = (await lab.lab.condition("web", "steelyard.io/Announced"))?.message ?? "";
      if (/localPref/.test(message)) return true;
      throw new Error(`it says: ${message}`);
    });
    expect(await nextHops(first, `${address}/32`)).toEqual([]);
  });
});
