import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type ClusterObject } from "../../cluster/index.ts";
import { plan } from "../../topology/addressing.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { communityObject, passwordSecretObject } from "../../topology/objects.ts";
import { type RouterLab, type Site } from "../../topology/router-lab.ts";
import { type RouterConfig, type RouterKind, routerKinds } from "../../topology/routers/router-config.ts";
import { whyNoRouter } from "../../topology/routers/router-programs.ts";
import {
  advertisement,
  bgpLab,
  createService,
  ownAsn,
  peerName,
  peerTo,
  setPeers,
  testEachRouter,
  untilDown,
  untilRoute,
} from "./bgp-lab.ts";

const available = routerKinds.filter((kind) => whyNoRouter(kind) === undefined);
const node4 = plan.nodeAddress4(1);
const node6 = plan.nodeAddress6(1);
const asnOf = (kind: RouterKind): number => 65_101 + routerKinds.indexOf(kind);
/** OpenBGPD on Linux puts no key on the sockets it listens on. */
const dialsWithKeys = (kind: RouterKind): boolean => kind === "openbgpd";

// One node, and all five routers at once: every group of tests gives all of them another configuration.
describeNetwork("every router hears what it should", () => {
  let lab: RouterLab;
  const sites = new Map<RouterKind, Site>();
  let prefix4: string | undefined;
  let prefix6: string | undefined;

  beforeAll(async () => {
    lab = await bgpLab({ nodes: 1, agentCapabilities: ["net_bind_service"] });
    [prefix4, prefix6] = await createService(lab, "web");
    await lab.lab.apply(
      communityObject("names", { nice: "65000:200", wide: "large:65000:3:4" }),
      passwordSecretObject("key", "the-key-of-all"),
    );
    await lab.lab.startAgents(["--bgp-listen", "0.0.0.0", "--bgp-listen", "::"]);
  });
  afterAll(() => lab.end());

  const siteOf = (kind: RouterKind): Site => {
    const site = sites.get(kind);
    if (site === undefined) throw new Error(`there is no ${kind}`);
    return site;
  };

  /** Gives every router a configuration of its own, and the node a BGPPeer or two for each. */
  async function meet(
    configure: (kind: RouterKind) => Omit<RouterConfig, "routerId">,
    peersFor: (site: Site, kind: RouterKind) => readonly ClusterObject[],
  ): Promise<void> {
    await setPeers(lab);
    await Promise.all(
      available.map(async (kind) => {
        const site = sites.get(kind);
        if (site !== undefined) await lab.restart(site, configure(kind));
      }),
    );
    for (const kind of available)
      if (!sites.has(kind)) sites.set(kind, await lab.addRouter(kind, configure(kind)));
    await setPeers(lab, ...available.flatMap((kind) => peersFor(siteOf(kind), kind)));
  }

  describe("eBGP, a session for each family", () => {
    beforeAll(async () => {
      await lab.lab.apply(
        advertisement({ communities: ["65000:100", "nice", "large:65000:1:2", "wide", "65535:65281"] }),
      );
      await meet(
        (kind) => ({
          asn: asnOf(kind),
          neighbors: [
            { address: node4, asn: ownAsn },
            { address: node6, asn: ownAsn },
          ],
        }),
        (site, kind) => [
          peerTo(site, { peerASN: asnOf(kind) }),
          peerTo(site, { peerASN: asnOf(kind) }, { family: "IPv6" }),
        ],
      );
    });

    testEachRouter(routerKinds, "IPv4 over IPv4, with communities", async (kind) => {
      await siteOf(kind).router.untilEstablished(node4);
      expect(await untilRoute(siteOf(kind), prefix4)).toMatchObject({
        from: node4,
        nextHop: node4,
        asPath: [ownAsn],
        communities: ["65000:100", "65000:200", "65535:65281"],
        largeCommunities: ["65000:1:2", "65000:3:4"],
      });
    });

    testEachRouter(routerKinds, "IPv6 over IPv6, with communities", async (kind) => {
      await siteOf(kind).router.untilEstablished(node6);
      expect(await untilRoute(siteOf(kind), prefix6)).toMatchObject({
        from: node6,
        nextHop: node6,
        asPath: [ownAsn],
        communities: ["65000:100", "65000:200", "65535:65281"],
        largeCommunities: ["65000:1:2", "65000:3:4"],
      });
    });

    test("other attributes, a new Service and a withdrawal arrive, and no session is reset", async () => {
      const identities = async (): Promise<readonly (string | undefined)[]> => {
        const sessions = available.map((kind) => siteOf(kind).router.session(node4));
        return (await Promise.all(sessions)).map((session) => session?.identity);
      };
      const before = await identities();
      await lab.lab.apply(advertisement({ communities: ["65000:300"], asPathPrepend: 2 }));
      const [another] = await createService(lab, "another");
      for (const kind of available) {
        const route = await untilRoute(siteOf(kind), prefix4, ({ asPath }) => asPath.length === 3);
        expect(route).toMatchObject({
          asPath: [ownAsn, ownAsn, ownAsn],
          communities: ["65000:300"],
          largeCommunities: [],
        });
        await untilRoute(siteOf(kind), another);
      }
      await lab.lab.removeService("another");
      for (const kind of available) await siteOf(kind).router.untilRoutes(another ?? "", 0);
      expect(await identities()).toEqual(before);
    });
  });

  describe("iBGP with a key, both families over a session of IPv4", () => {
    beforeAll(async () => {
      await lab.lab.apply(advertisement({ localPref: 250 }));
      await meet(
        (kind) => ({
          asn: ownAsn,
          neighbors: [
            {
              address: node4,
              asn: ownAsn,
              password: "the-key-of-all",
              families: ["IPv4", "IPv6"],
              dials: dialsWithKeys(kind),
            },
          ],
        }),
        (site) => [
          peerTo(site, {
            peerASN: ownAsn,
            passwordSecret: { name: "key" },
            dualStackAddressFamily: true,
          }),
        ],
      );
    });

    testEachRouter(routerKinds, "no AS in the path, and the local preference", async (kind) => {
      await siteOf(kind).router.untilEstablished(node4);
      for (const [prefix, nextHop] of [
        [prefix4, node4],
        [prefix6, node6],
      ])
        expect(await untilRoute(siteOf(kind), prefix)).toMatchObject({
          from: node4,
          nextHop,
          asPath: [],
          localPref: 250,
        });
    });
  });

  describe("both families over a session of IPv6, and a wrong key over IPv4", () => {
    beforeAll(async () => {
      await lab.lab.apply(advertisement());
      await meet(
        (kind) => ({
          asn: asnOf(kind),
          neighbors: [
            { address: node4, asn: ownAsn, password: "the-key-of-the-router" },
            {
              address: node6,
              asn: ownAsn,
              password: "the-key-of-IPv6",
              families: ["IPv4", "IPv6"],
              dials: dialsWithKeys(kind),
            },
          ],
        }),
        (site, kind) => [
          peerTo(site, { peerASN: asnOf(kind), password: "another-key" }),
          peerTo(
            site,
            { peerASN: asnOf(kind), password: "the-key-of-IPv6", dualStackAddressFamily: true },
            { family: "IPv6" },
          ),
        ],
      );
    });

    testEachRouter(routerKinds, "IPv4 comes over IPv6, with a next hop of either family", async (kind) => {
      await siteOf(kind).router.untilEstablished(node6);
      const route = await untilRoute(siteOf(kind), prefix4);
      expect(route).toMatchObject({ from: node6, asPath: [ownAsn] });
      expect([node4, node6]).toContain(route.nextHop);
      expect(await untilRoute(siteOf(kind), prefix6)).toMatchObject({ nextHop: node6 });
    });

    testEachRouter(
      routerKinds,
      "of the session with the wrong key the node says that nobody answers",
      async (kind) => {
        await untilDown(lab, peerName(siteOf(kind)), /password|MD5|key/i);
        expect((await siteOf(kind).router.session(node4))?.established ?? false).toBe(false);
      },
    );
  });

  describe("wrong AS numbers", () => {
    beforeAll(() =>
      meet(
        (kind) => ({
          asn: asnOf(kind),
          neighbors: [
            { address: node4, asn: 65_099 },
            { address: node6, asn: ownAsn },
          ],
        }),
        (site, kind) => [
          peerTo(site, { peerASN: asnOf(kind) }),
          peerTo(site, { peerASN: 65_098 }, { family: "IPv6" }),
        ],
      ),
    );

    testEachRouter(routerKinds, "the router expects another one from the node", async (kind) => {
      const said = await untilDown(lab, peerName(siteOf(kind)), /refused AS 65000/);
      expect(said).toContain("it expects another AS from this node");
    });

    testEachRouter(routerKinds, "the node expects another one from the router", async (kind) => {
      const said = await untilDown(lab, peerName(siteOf(kind), "IPv6"), /says it is AS/);
      expect(said).toContain(`the router says it is AS ${asnOf(kind)}, the BGPPeer expects 65098`);
    });
  });

  describe("an AS number of the node for one router, and any of the router", () => {
    beforeAll(() =>
      meet(
        (kind) => ({
          asn: asnOf(kind),
          neighbors: [
            { address: node4, asn: 65_077 },
            { address: node6, asn: 4_200_000_001 },
          ],
        }),
        (site, kind) => [
          peerTo(site, { localASN: 65_077, dynamicASN: "external", peerASN: 0 }),
          peerTo(site, { peerASN: asnOf(kind), localASN: 4_200_000_001 }, { family: "IPv6" }),
        ],
      ),
    );

    testEachRouter(routerKinds, "localASN alone is in the path", async (kind) => {
      await siteOf(kind).router.untilEstablished(node4);
      expect(await untilRoute(siteOf(kind), prefix4)).toMatchObject({ asPath: [65_077] });
      await siteOf(kind).router.untilEstablished(node6);
      expect(await untilRoute(siteOf(kind), prefix6)).toMatchObject({ asPath: [4_200_000_001] });
    });
  });
});
