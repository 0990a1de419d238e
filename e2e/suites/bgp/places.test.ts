import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { bgpPeerObject } from "../../topology/objects.ts";
import { type RouterLab } from "../../topology/router-lab.ts";
import {
  advertisement,
  bgpLab,
  createService,
  describeRouters,
  ownAsn,
  peerTo,
  routerAsn,
  setPeers,
  untilRoute,
} from "./bgp-lab.ts";

const node4 = plan.nodeAddress4(1);
const node6 = plan.nodeAddress6(1);

// Where a router may be, seen from a node: further away, at the other end of a link without addresses, or calling itself.
describeRouters("routers in other places than on the segment", ["frr", "bird"], () => {
  let lab: RouterLab;
  let prefix4: string | undefined;
  let prefix6: string | undefined;

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 1, agentCapabilities: ["net_bind_service"] });
    [prefix4, prefix6] = await createService(lab, "web");
    await lab.lab.apply(advertisement());
    await lab.lab.startAgents(["--bgp-listen", "0.0.0.0", "--bgp-listen", "::"]);
  });
  afterAll(() => lab.end());

  test("several hops away, over either family", async () => {
    const site = await lab.addRouter(
      "bird",
      {
        asn: routerAsn,
        neighbors: [
          { address: node4, asn: ownAsn, hops: 4 },
          { address: node6, asn: ownAsn, hops: 4 },
        ],
      },
      { at: "far" },
    );
    await setPeers(
      lab,
      peerTo(site, { ebgpMultiHop: true }),
      peerTo(site, { ebgpMultiHop: true }, { family: "IPv6" }),
    );
    expect(await untilRoute(site, prefix4)).toMatchObject({ nextHop: node4 });
    expect(await untilRoute(site, prefix6)).toMatchObject({ nextHop: node6 });
  });

  test("unnumbered: at the other end of a link that has no addresses", async () => {
    const site = await lab.addRouter(
      "frr",
      { asn: routerAsn, neighbors: [{ interface: "node1", asn: "external" }] },
      { cables: lab.nodes },
    );
    const uplink = `uplink${site.number}`;
    await setPeers(
      lab,
      bgpPeerObject("unnumbered", { myASN: ownAsn, dynamicASN: "external", interface: uplink }),
    );
    await site.router.untilEstablished("node1", 30_000);
    for (const prefix of [prefix4, prefix6]) {
      const route = await untilRoute(site, prefix);
      expect(route).toMatchObject({ from: "node1", asPath: [ownAsn] });
      expect(route.nextHop).toMatch(/^fe80:/);
    }
    for (const prefix of [prefix4, prefix6]) {
      const [hop] = await site.router.untilNextHops(prefix ?? "", 1);
      expect(hop).toMatch(/^fe80:/);
    }
    await lab.leadThrough(site);
    for (const prefix of [prefix4, prefix6])
      expect(await lab.reach(prefix?.split("/")[0] ?? "")).toBe("pod1");
  });

  test("one that dials, while the node's own attempts lead nowhere", async () => {
    const site = await lab.addRouter("frr", {
      asn: routerAsn,
      neighbors: [
        { address: node4, asn: ownAsn, dials: true },
        { address: node6, asn: ownAsn, dials: true, password: "of-a-caller" },
      ],
    });
    await setPeers(
      lab,
      peerTo(site, { peerPort: 1790 }),
      peerTo(site, { peerPort: 1790, password: "of-a-caller" }, { family: "IPv6" }),
    );
    await site.router.untilEstablished(node4, 30_000);
    await site.router.untilEstablished(node6, 30_000);
    expect(await untilRoute(site, prefix4)).toMatchObject({ nextHop: node4 });
    expect(await untilRoute(site, prefix6)).toMatchObject({ nextHop: node6 });
  });

  test("both dial: one of two connections is left, and it stays", async () => {
    const site = await lab.addRouter("frr", {
      asn: routerAsn,
      neighbors: [{ address: node4, asn: ownAsn, dials: true }],
    });
    await setPeers(lab, peerTo(site));
    const { identity } = await site.router.untilEstablished(node4);
    await untilRoute(site, prefix4);
    const connections = await site.router.host.run("ss", [
      ...["-Htn", "state", "established", "( sport = :179 or dport = :179 )"],
    ]);
    expect(connections.trim().split("\n")).toHaveLength(1);
    expect((await site.router.session(node4))?.identity).toBe(identity);
  });
});
