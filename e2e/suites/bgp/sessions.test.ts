import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { plan } from "../../topology/addressing.ts";
import { deadline, eventually } from "../../topology/eventually.ts";
import { passwordSecretObject } from "../../topology/objects.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import {
  advertisement,
  bgpLab,
  bgpReport,
  createService,
  describeRouters,
  ownAsn,
  peerName,
  peerTo,
  routerAsn,
  setPeers,
  untilDown,
  untilRoute,
} from "./bgp-lab.ts";

const node4 = plan.nodeAddress4(1);
const node6 = plan.nodeAddress6(1);

// One node and two routers, one of which nothing ever happens to: its session has to stand through all of it.
describeRouters("a session through everything that befalls it", ["frr", "bird"], () => {
  let lab: RouterLab;
  let steady: Site;
  let other: Site;
  let prefix4: string | undefined;
  let prefix6: string | undefined;
  let steadySession: string | undefined;

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 1 });
    [prefix4, prefix6] = await createService(lab, "web");
    await lab.lab.apply(advertisement());
    await lab.lab.startAgents();
    const neighbors = [{ address: node4, asn: ownAsn }];
    steady = await lab.addRouter("bird", { asn: routerAsn, neighbors });
    other = await lab.addRouter("frr", { asn: routerAsn, neighbors });
    await setPeers(lab, peerTo(steady), peerTo(other));
    steadySession = (await steady.router.untilEstablished(node4)).identity;
  });
  afterAll(async () => {
    try {
      expect((await steady.router.session(node4))?.identity).toBe(steadySession);
    } finally {
      await lab.end();
    }
  });

  /** The other router as it was at first, with the node as its neighbour and these settings. */
  async function restart(settings: Parameters<RouterLab["neighbors"]>[0] = { asn: ownAsn }): Promise<void> {
    await lab.restart(other, { asn: routerAsn, neighbors: lab.neighbors(settings) });
  }

  /** The same, and forgotten by the node: with a router whose sessions never last it waits longer and longer. */
  async function reset(settings?: Parameters<RouterLab["neighbors"]>[0]): Promise<void> {
    await setPeers(lab, peerTo(steady));
    await restart(settings);
  }

  test("a router that says no more loses the session when its hold time is over, and has it again", async () => {
    await reset({ asn: ownAsn, holdSeconds: 3, keepaliveSeconds: 1 });
    await setPeers(lab, peerTo(steady), peerTo(other, { holdTime: "3s" }));
    await untilRoute(other, prefix4);
    const { thaw } = other.router.freeze();
    // It says why, or that it is not answered now that it dials again.
    await untilDown(lab, peerName(other), /hold time|answer|connect/i);
    thaw();
    await other.router.untilEstablished(node4);
    await untilRoute(other, prefix4);
    await setPeers(lab, peerTo(steady), peerTo(other));
  });

  test("a router that restarts has its routes again within seconds", async () => {
    await reset();
    await setPeers(lab, peerTo(steady), peerTo(other));
    await other.router.untilEstablished(node4);
    await other.router.kill();
    await other.router.restart();
    await other.router.untilEstablished(node4, 10_000);
    await untilRoute(other, prefix4);
  });

  test("what an edit need not reset it does not reset", async () => {
    await reset();
    await setPeers(lab, peerTo(steady), peerTo(other));
    const before = await other.router.untilEstablished(node4);
    for (const spec of [
      { keepaliveTime: "5s" },
      { keepaliveTime: "5s", holdTime: "30s" },
      { connectTime: "3s" },
      { nodeSelectors: [{ matchLabels: { "kubernetes.io/hostname": "node1" } }] },
      {},
    ])
      await setPeers(lab, peerTo(steady), peerTo(other, spec));
    await lab.lab.apply(advertisement({ communities: ["65000:9"], peers: [peerName(other)] }));
    await untilRoute(other, prefix4, ({ communities }) => communities.length === 1);
    await steady.router.untilRoutes(prefix4 ?? "", 0);
    await lab.lab.apply(advertisement());
    await steady.router.untilRoutes(prefix4 ?? "", 1);
    expect((await other.router.session(node4))?.identity).toBe(before.identity);
  });

  test("what changes the session makes another one: the family of IPv6 is offered in it", async () => {
    await reset({ asn: ownAsn, families: ["IPv4", "IPv6"] });
    await setPeers(lab, peerTo(steady), peerTo(other));
    const before = await other.router.untilEstablished(node4);
    await setPeers(lab, peerTo(steady), peerTo(other, { dualStackAddressFamily: true }));
    expect(await untilRoute(other, prefix6)).toMatchObject({ nextHop: node6 });
    expect((await other.router.session(node4))?.identity).not.toBe(before.identity);
    await setPeers(lab, peerTo(steady), peerTo(other));
  });

  test("the key of a Secret is changed here and there, and the session is back at once", async () => {
    await lab.lab.apply(passwordSecretObject("other", "the-first-key"));
    await reset({ asn: ownAsn, password: "the-first-key" });
    await setPeers(lab, peerTo(steady), peerTo(other, { passwordSecret: { name: "other" } }));
    await other.router.untilEstablished(node4);
    await restart({ asn: ownAsn, password: "the-second-key" });
    await other.router.until("no session", async () => {
      const session = await other.router.session(node4);
      return session?.established === false;
    });
    await lab.lab.apply(passwordSecretObject("other", "the-second-key"));
    await other.router.untilEstablished(node4, 5_000);
    await eventually("nothing to be said of it", async () => {
      const [node] = lab.nodes;
      return node !== undefined && (await bgpReport(lab, node)).down?.[peerName(other)] === undefined;
    });
    await setPeers(lab, peerTo(steady), peerTo(other));
  });

  test("a Secret that is not there is named, and its session comes up when it is", async () => {
    await reset({ asn: ownAsn, password: "late" });
    await setPeers(lab, peerTo(steady), peerTo(other, { passwordSecret: { name: "late" } }));
    await eventually("a ConfigurationState that says so", async () => {
      const texts = (await lab.lab.list("configurationstates")).map(({ status }) =>
        JSON.stringify(status ?? {}),
      );
      if (texts.some((text) => text.includes("secret ref not found"))) return true;
      throw new Error(`they say ${texts.join(" and ")}`);
    });
    await lab.lab.apply(passwordSecretObject("late", "late"));
    await other.router.untilEstablished(node4);
    await setPeers(lab, peerTo(steady), peerTo(other));
  });

  test("any AS but the node's own, or just that", async () => {
    await reset();
    await setPeers(lab, peerTo(steady), peerTo(other, { peerASN: 0, dynamicASN: "external" }));
    expect(await untilRoute(other, prefix4)).toMatchObject({ asPath: [ownAsn] });
    await setPeers(lab, peerTo(steady), peerTo(other, { peerASN: 0, dynamicASN: "internal" }));
    await untilDown(lab, peerName(other), /says it is AS 65100/);
    await setPeers(lab, peerTo(steady), peerTo(other));
  });

  test("GTSM: a router that accepts packets of its own segment only", async () => {
    await reset({ asn: ownAsn, ttlSecurity: 1 });
    const plain = peerTo(other);
    const secured = {
      ...plain,
      metadata: { ...plain.metadata, annotations: { "steelyard.io/ttl-security": "1" } },
    };
    await setPeers(lab, peerTo(steady), secured);
    await other.router.untilEstablished(node4);
    await setPeers(lab, peerTo(steady), plain);
  });

  test("no session is left of a BGPPeer that is deleted, or not for this node any more", async () => {
    await reset();
    await setPeers(lab, peerTo(steady), peerTo(other));
    await other.router.untilEstablished(node4);
    const elsewhere = [{ matchLabels: { "kubernetes.io/hostname": "node9" } }];
    await setPeers(lab, peerTo(steady), peerTo(other, { nodeSelectors: elsewhere }));
    await other.router.until("the end of the session", async () => {
      const session = await other.router.session(node4);
      return session?.established === false;
    });
    await setPeers(lab, peerTo(steady), peerTo(other));
    await other.router.untilEstablished(node4);
    await setPeers(lab, peerTo(steady));
    await other.router.until("the end of the session", async () => {
      const session = await other.router.session(node4);
      return session?.established === false;
    });
    await other.router.untilRoutes(prefix4 ?? "", 0);
  });

  test("a router that comes and goes for a minute changes nothing for the others, and is served when it stays", async () => {
    await reset();
    await setPeers(lab, peerTo(steady), peerTo(other));
    await other.router.untilEstablished(node4);
    const minute = deadline(60_000);
    for (let round = 0; !minute.passed; round += 1) {
      await (round % 2 === 0 ? other.router.kill() : other.router.stop());
      await other.router.restart();
      await pause(2_000);
    }
    // The node waits half a minute at most before it tries again with one that never lasts.
    await other.router.untilEstablished(node4, 45_000);
    await untilRoute(other, prefix4);
    expect((await steady.router.session(node4))?.identity).toBe(steadySession);
  }, 150_000);
});
