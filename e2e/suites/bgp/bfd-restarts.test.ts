import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { bfdProfileObject } from "../../topology/objects.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import {
  advertisement,
  bgpLab,
  createService,
  describeRouters,
  ownAsn,
  peerTo,
  routerAsn,
  setPeers,
  testEachRouter,
  untilRoute,
} from "./bgp-lab.ts";

const node4 = plan.nodeAddress4(1);
/** BIRD takes AdminDown for a failure of the path, unless it is told that BFD is graceful, too. */
const bfd = { receiveMillis: 300, transmitMillis: 300, multiplier: 3, graceful: true };

describeRouters("an agent that is replaced while BFD watches the path", [], () => {
  let lab: RouterLab;
  let prefix: string;

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 1 });
    [prefix = ""] = await createService(lab, "web", "IPv4");
    await lab.lab.apply(
      advertisement(),
      bfdProfileObject("fast", { receiveInterval: 300, transmitInterval: 300 }),
    );
    await lab.lab.startAgents();
  });
  afterAll(() => lab.end());

  testEachRouter(["frr", "bird"], "keeps the routes all the time", async (kind) => {
    const site = await lab.addRouter(kind, {
      asn: routerAsn,
      neighbors: [{ address: node4, asn: ownAsn, bfd }],
    });
    await setPeers(lab, peerTo(site, { enableGracefulRestart: true, bfdProfile: "fast", connectTime: "1s" }));
    await untilRoute(site, prefix);
    await untilBfd(site);
    const before = await site.router.session(node4);
    const watch = watchHops(site);
    const node = lab.lab.network.node(1);
    await lab.lab.stopAgent(node);
    // Longer than the detection time: nothing may be left to be detected.
    await pause(1500);
    await lab.lab.startAgent(node);
    await site.router.until("another session", async () => {
      const now = await site.router.session(node4);
      return now?.established === true && now.identity !== before?.identity;
    });
    await untilBfd(site);
    expect(await watch.stop()).toEqual(new Set([1]));
  });

  function untilBfd({ router }: Site) {
    return router.until("BFD", async () => (await router.bfdSessions()).some(({ state }) => state === "up"));
  }

  /** Every number of next hops that the router's kernel has had. */
  function watchHops({ router }: Site) {
    const seen = new Set<number>();
    let isOver = false;
    const watching = (async () => {
      while (!isOver) {
        seen.add((await router.nextHops(prefix)).length);
        await pause(30);
      }
    })();
    return {
      stop: async () => {
        isOver = true;
        await watching;
        return seen;
      },
    };
  }
});
