import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { poolObject } from "../../topology/objects.ts";
import { RouterLab, type Site } from "../../topology/router-lab.ts";
import { type RouterKind } from "../../topology/routers/router-config.ts";
import { whyNoRouter } from "../../topology/routers/router-programs.ts";
import {
  addressOf,
  advertisement,
  createService,
  ownAsn,
  peerTo,
  routerAsn,
  setPeers,
} from "../bgp/bgp-lab.ts";
import { tell } from "../failover/tell.ts";
import { api, describeSwap, watchAddresses, withoutGap } from "./swap-lab.ts";

const kinds: readonly RouterKind[] = ["frr", "bird", "gobgp"];
const kind = kinds.find((one) => whyNoRouter(one) === undefined);

// MetalLB's native backend and our agents behind the same router, which spreads connections over three nodes.
describeSwap("the BGP sessions of MetalLB's speakers are taken over node by node, and given back", () => {
  if (kind === undefined)
    return void test.skip(`a router's side [skipped: needs one of ${kinds.join(", ")}]`, () => undefined);
  let lab: RouterLab;
  let site: Site;
  let prefix: string;

  beforeAll(async () => {
    lab = await RouterLab.create({ nodes: 3, workers: 1, membership: true, definitions: "metallb", api });
    await lab.lab.apply(poolObject("bgp", ["198.51.100.0/24"]));
    await lab.lab.startMetallbController();
    [prefix = ""] = await createService(lab, "web", "IPv4", [4]);
    await lab.lab.apply(advertisement());
    for (const node of lab.lab.speakers) await lab.lab.startMetallbSpeaker(node);
    const neighbors = lab.neighbors({ asn: ownAsn, families: ["IPv4"] });
    site = await lab.addRouter(kind, { asn: routerAsn, neighbors });
    await setPeers(lab, peerTo(site));
    await site.router.untilNextHops(prefix, 3, 30_000);
  });
  afterAll(() => lab.end());

  async function replace(what: string, node: ClusterNode, start: () => Promise<unknown>): Promise<void> {
    const before = await site.router.session(plan.nodeAddress4(node.number));
    const watch = watchAddresses(lab.lab, ["web"]);
    await withoutGap(`${what} on ${node.name}`, [addressOf(prefix)], {
      visit: (address) => lab.visit(address),
      act: async () => {
        await lab.lab.stopAgent(node);
        await site.router.untilNextHops(prefix, 2, 10_000);
        await start();
        await site.router.untilNextHops(prefix, 3, 30_000);
      },
    });
    const after = await site.router.session(plan.nodeAddress4(node.number));
    expect(after?.identity).not.toBe(before?.identity);
    expect((await watch.stop()).get("web")).toHaveLength(1);
    tell(`${what} on ${node.name}: three next hops again`);
  }

  test("forward: the other nodes carry the traffic meanwhile, and nothing is lost", async () => {
    for (const node of lab.lab.speakers)
      await replace("agent for speaker", node, () => lab.lab.startAgent(node, []));
  }, 180_000);

  test("back: the other nodes carry the traffic meanwhile, and nothing is lost", async () => {
    for (const node of lab.lab.speakers)
      await replace("speaker for agent", node, () => lab.lab.startMetallbSpeaker(node));
  }, 180_000);
});
