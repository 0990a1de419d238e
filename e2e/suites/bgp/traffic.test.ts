import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { type ClusterNode } from "../../topology/cluster-node.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { bfdProfileObject, nodeObject } from "../../topology/objects.ts";
import { pathOf } from "../../topology/resource-paths.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import { type LearnedRoute } from "../../topology/routers/router-config.ts";
import { type Visitor } from "../../topology/visitor.ts";
import { stopAndTell } from "../failover/tell.ts";
import {
  addressOf,
  advertisement,
  bgpLab,
  createService,
  describeRouters,
  ownAsn,
  peerTo,
  routerAsn,
  setPeers,
} from "./bgp-lab.ts";

/** Slow enough for a busy machine, on which a router is not scheduled in time either. */
const bfd = { receiveMillis: 200, transmitMillis: 200, multiplier: 3 };

// The test of a BGP user: a client behind a router that spreads its connections over three nodes. The pods are on a fourth.
describeRouters("a client behind a router, which spreads over the nodes", ["frr"], () => {
  let lab: RouterLab;
  let site: Site;
  let prefixes: readonly string[];
  let visitors: readonly Visitor[];

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 3, workers: 1 });
    prefixes = await createService(lab, "web", "dual", [4]);
    await lab.lab.apply(
      advertisement(),
      bfdProfileObject("fast", { receiveInterval: 200, transmitInterval: 200 }),
    );
    await lab.lab.startAgents();
    const settings = { asn: ownAsn, bfd, families: ["IPv4", "IPv6"] as const };
    site = await lab.addRouter("frr", { asn: routerAsn, neighbors: lab.neighbors(settings) });
    await setPeers(
      lab,
      peerTo(site, { bfdProfile: "fast", enableGracefulRestart: true, dualStackAddressFamily: true }),
    );
    await lab.untilPeered(site);
  });
  beforeEach(async () => {
    for (const prefix of prefixes) await site.router.untilNextHops(prefix, 3, 20_000);
    visitors = await Promise.all(prefixes.map((prefix) => lab.visit(addressOf(prefix))));
  });
  afterEach(() => Promise.all(visitors.map((visitor) => visitor.stop())));
  afterAll(() => lab.end());

  const nodeWith = async (number: number): Promise<ClusterNode> => lab.lab.network.node(number);

  test("all is well: every node takes its share, and nothing is lost", async () => {
    await Promise.all(visitors.map((visitor) => visitor.untilServed(monotonicMillis())));
    const before = await packetsOf(lab.lab.speakers);
    await pause(500);
    const after = await packetsOf(lab.lab.speakers);
    for (const [index, count] of after.entries()) expect(count - (before[index] ?? 0)).toBeGreaterThan(50);
    for (const report of await stopAndTell("all is well", visitors))
      expect(report).toMatchObject({ lost: 0, cut: 0, pods: ["pod4"] });
  });

  test("one agent after the other is replaced: no packet is lost, and the router never turns away", async () => {
    const watch = watchNextHops(site, prefixes);
    for (const node of lab.lab.speakers) {
      const session = await site.router.session(plan.nodeAddress4(node.number));
      await lab.lab.stopAgent(node);
      await lab.lab.startAgent(node);
      await site.router.until(`another session with ${node.name}`, async () => {
        const now = await site.router.session(plan.nodeAddress4(node.number));
        return now?.established === true && now.identity !== session?.identity;
      });
      // What is still stale is withdrawn when the End-of-RIB is in.
      for (const prefix of prefixes)
        await site.router.until(`fresh routes to ${prefix}`, async () =>
          (await site.router.routesTo(prefix)).every(({ stale }) => !stale),
        );
    }
    await pause(500);
    const fewer = await watch.stop();
    for (const report of await stopAndTell("roll-out", visitors))
      expect(report).toMatchObject({ lost: 0, cut: 0 });
    expect(fewer).toEqual([]);
  });

  test("a node is drained: its routes say so, then they go, and nothing is lost", async () => {
    const node = await nodeWith(2);
    await lab.lab.kube.mergePatch(pathOf(nodeObject(node.number)), { spec: { unschedulable: true } });
    await pause(300);
    const seen: LearnedRoute[] = [];
    const stopped = lab.lab.stopAgent(node);
    for (let done = false; !done;) {
      const routes = await site.router.routesTo(prefixes[0] ?? "");
      const own = routes.filter(({ from }) => from === plan.nodeAddress4(node.number));
      seen.push(...own);
      done = own.length === 0;
    }
    await stopped;
    const draining = seen.filter(({ communities }) => communities.includes("65535:0"));
    expect(draining.length).toBeGreaterThan(0);
    for (const prefix of prefixes) expect(await site.router.nextHops(prefix)).toHaveLength(2);
    await pause(500);
    for (const { lost } of await stopAndTell("drain", visitors)) expect(lost).toBe(0);
    await lab.lab.kube.mergePatch(pathOf(nodeObject(node.number)), { spec: { unschedulable: null } });
    await lab.lab.startAgent(node);
  });

  test("a node loses its power: BFD tells the router, and the others take over", async () => {
    const node = await nodeWith(3);
    await site.router.until("BFD with all nodes", async () => {
      const sessions = await site.router.bfdSessions();
      return sessions.length === 3 && sessions.every(({ state }) => state === "up");
    });
    const struck = monotonicMillis();
    await lab.lab.crash(node);
    for (const prefix of prefixes) await site.router.untilNextHops(prefix, 2);
    await Promise.all(visitors.map((visitor) => visitor.untilServed(struck)));
    const outages = visitors.map((visitor) => lastLost(visitor, struck));
    await stopAndTell(
      `power lost, none lost any more after ${outages.map((outage) => outage.toFixed(0)).join(" and ")} ms`,
      visitors,
      struck,
    );
    // Three times 200 ms, and what a busy machine takes; without BFD it were the hold time, 90 s.
    for (const outage of outages) expect(outage).toBeLessThan(1_500);
    await lab.lab.revive(node);
  });
});

/** Milliseconds from an event until the last connection that was begun and lost: others got through all the time. */
function lastLost(visitor: Visitor, event: number): number {
  const lost = visitor.visits.filter(({ at, outcome }) => at >= event && outcome !== "answered");
  return Math.max(0, ...lost.map(({ at }) => at - event));
}

/** How many packets came to eth0 of each node. */
function packetsOf(nodes: readonly ClusterNode[]): Promise<readonly number[]> {
  return Promise.all(
    nodes.map(async ({ host }) => {
      const [link] = JSON.parse(await host.ip("-j", "-s", "link", "show", "eth0")) as {
        stats64?: { rx: { packets: number } };
      }[];
      return link?.stats64?.rx.packets ?? 0;
    }),
  );
}

/** Asks the router's kernel again and again, and tells of each time when it had fewer than three next hops for a prefix. */
function watchNextHops(
  { router }: Site,
  prefixes: readonly string[],
): { readonly stop: () => Promise<readonly string[]> } {
  const fewer: string[] = [];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const prefix of prefixes) {
        const hops = await router.nextHops(prefix);
        if (hops.length < 3)
          fewer.push(`${monotonicMillis().toFixed(0)}: ${prefix} via ${hops.join(" and ")}`);
      }
      await pause(50);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return fewer;
    },
  };
}
