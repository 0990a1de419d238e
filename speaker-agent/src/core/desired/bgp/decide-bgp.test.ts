import { describe, expect, test } from "@jest/globals";
import { formatIpPrefix } from "@steelyard/model/address";
import { type BgpCommunity, type Config, formatCommunity } from "@steelyard/model/config";
import {
  EXCLUDE_NODE_LABEL,
  type EndpointSliceResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import {
  announcingOptions,
  bgpAdvertisement,
  bgpAdvertisementObject,
  bgpConfig,
  bgpPeer,
  bgpPeerObject,
  configFrom,
  node,
  poolObject,
  service,
  slice,
} from "../testing/cluster.ts";
import { type AnnouncingOptions, type ClusterSnapshot } from "../types.ts";
import { decideBgp } from "./decide-bgp.ts";
import { type DesiredBgp } from "./types.ts";

const web = service("web", { ips: ["10.20.30.1"] });

function cluster(config: Config, changes: Partial<ClusterSnapshot> = {}): ClusterSnapshot {
  const services = changes.services ?? [web];
  return {
    config,
    services,
    endpointSlices: services.map(({ metadata }) => slice(metadata.name, "node-a")),
    nodes: [node("node-a"), node("node-b")],
    ...changes,
  };
}

function decide(snapshot: ClusterSnapshot, options: Partial<AnnouncingOptions> = {}): DesiredBgp {
  return decideBgp(snapshot, { ...announcingOptions, ...options });
}

/** One line a route. */
function table({ routes }: DesiredBgp, peer = "tor"): readonly string[] {
  return (routes.get(peer) ?? []).map(({ prefix, localPref, asPathPrepend, communities }) =>
    [
      formatIpPrefix(prefix),
      ...(localPref === 0 ? [] : [`pref ${localPref}`]),
      ...(asPathPrepend === 0 ? [] : [`prepend ${asPathPrepend}`]),
      ...communities.map(formatCommunity),
    ].join(" "),
  );
}

function verdict({ verdicts }: DesiredBgp, name = "web") {
  return verdicts.find((one) => one.service.name === name);
}

function standard(local: number): BgpCommunity {
  return { size: "standard", global: 0, local };
}

const range = ["10.20.30.0/24"];
const pref100 = bgpAdvertisement("low", { localPref: 100 });
const pref200 = bgpAdvertisement("high", { localPref: 200 });
const onNodeB = [{ matchLabels: { host: "b" } }];

describe("what is advertised (reference metallb.md, section 5.2)", () => {
  const detailed = bgpAdvertisement("a", { localPref: 100, communities: [standard(1234), standard(2345)] });
  const aggregate = bgpAdvertisement("b", { aggregationLength: 24, localPref: 1000 });
  const other = service("other", { ips: ["10.20.30.1"] });

  test.each<[string, ClusterSnapshot, readonly string[]]>([
    ["IP 10.20.30.1, one ad /32", cluster(bgpConfig(range, [bgpAdvertisement("a")])), ["10.20.30.1/32"]],
    [
      "ads /32 pref 100 with communities and /24 pref 1000",
      cluster(bgpConfig(range, [detailed, aggregate])),
      ["10.20.30.0/24 pref 1000", "10.20.30.1/32 pref 100 0:1234 0:2345"],
    ],
    [
      "second ad only for another node",
      cluster(bgpConfig(range, [detailed, { ...aggregate, nodeSelectors: onNodeB }])),
      ["10.20.30.1/32 pref 100 0:1234 0:2345"],
    ],
    [
      "second service sharing the same IP",
      cluster(bgpConfig(range, [detailed]), { services: [web, other] }),
      ["10.20.30.1/32 pref 100 0:1234 0:2345"],
    ],
    [
      "overlapping ads for one prefix: communities are united, the greatest prepend counts",
      cluster(
        bgpConfig(range, [
          bgpAdvertisement("a", { communities: [standard(2), standard(3)], asPathPrepend: 1 }),
          bgpAdvertisement("b", { communities: [standard(1), standard(2)], asPathPrepend: 3 }),
        ]),
      ),
      ["10.20.30.1/32 prepend 3 0:1 0:2 0:3"],
    ],
    [
      "two addresses of both families, sorted",
      cluster(bgpConfig([...range, "fd00::/64"], [bgpAdvertisement("a")]), {
        services: [service("web", { ips: ["fd00::1", "10.20.30.1"] })],
      }),
      ["10.20.30.1/32", "fd00::1/128"],
    ],
    ["no address yet", cluster(bgpConfig(range, [detailed]), { services: [service("web")] }), []],
    [
      "a Service of another class",
      cluster(bgpConfig(range, [detailed]), {
        services: [service("web", { ips: ["10.20.30.1"], spec: { loadBalancerClass: "other" } })],
      }),
      [],
    ],
  ])("%s", (_what, snapshot, expected) => {
    expect(table(decide(snapshot))).toEqual(expected);
  });

  test("service deleted while the other shares the IP: the prefix stays until the last user goes", () => {
    const config = bgpConfig(range, [detailed]);
    const both = decideBgp(cluster(config, { services: [web, other] }), announcingOptions);
    const one = decideBgp(cluster(config, { services: [other] }), announcingOptions, both);
    expect(one.routes.get("tor")).toBe(both.routes.get("tor"));
    const nobody = decideBgp(cluster(config, { services: [] }), announcingOptions, one);
    expect(table(nobody)).toEqual([]);
  });

  test("two Services whose aggregated prefix is equal keep it alive together", () => {
    const config = bgpConfig(range, [aggregate]);
    const services = [web, service("far", { ips: ["10.20.30.77"] })];
    const both = decideBgp(cluster(config, { services }), announcingOptions);
    expect(table(both)).toEqual(["10.20.30.0/24 pref 1000"]);
    expect(table(decideBgp(cluster(config), announcingOptions, both))).toEqual(["10.20.30.0/24 pref 1000"]);
  });

  test("two ads with different selectors give different communities to Services of the same pool", () => {
    const labelled = (name: string, ip: string, tier: string): ServiceResource =>
      service(name, { ips: [ip], metadata: { labels: { tier } } });
    const ad = (tier: string, local: number) =>
      bgpAdvertisement(tier, {
        communities: [standard(local)],
        serviceSelectors: [{ matchLabels: { tier } }],
      });
    const services = [labelled("web", "10.20.30.1", "gold"), labelled("api", "10.20.30.2", "tin")];
    const config = bgpConfig(range, [ad("gold", 1), ad("tin", 2)]);
    expect(table(decide(cluster(config, { services })))).toEqual(["10.20.30.1/32 0:1", "10.20.30.2/32 0:2"]);
  });
});

describe("to whom (reference metallb.md, section 5.3)", () => {
  const peers = [bgpPeer("one"), bgpPeer("two"), bgpPeer("rack-b", { nodeSelectors: onNodeB })];

  test("the peers whose selectors match this node, whether there are Services or not", () => {
    const config = bgpConfig(range, [], peers);
    expect(decide(cluster(config, { services: [] })).peers.map(({ name }) => name)).toEqual(["one", "two"]);
    const nodes = [node("node-a", { labels: { host: "b" } })];
    expect(decide(cluster(config, { nodes })).peers).toHaveLength(3);
    // Its Node is gone: what asks for no label goes on.
    expect(decide(cluster(config, { nodes: [] })).peers).toHaveLength(2);
  });

  test("an advertisement names its peers, and equal tables are one", () => {
    const all = bgpAdvertisement("all", { aggregationLength: 24 });
    const some = bgpAdvertisement("some", { peers: ["two", "nobody"] });
    const decided = decide(cluster(bgpConfig(range, [all, some], [...peers, bgpPeer("three")])));
    expect(table(decided, "one")).toEqual(["10.20.30.0/24"]);
    expect(table(decided, "two")).toEqual(["10.20.30.0/24", "10.20.30.1/32"]);
    expect(decided.routes.get("three")).toBe(decided.routes.get("one"));
    expect(verdict(decided)?.prefixes.map(({ peers: names }) => names)).toEqual([
      ["one", "two", "three"],
      ["two"],
    ]);
  });

  test("a Service for which there is no router is advertised to nobody, and it says so", () => {
    const ads = [bgpAdvertisement("a", { peers: ["elsewhere"] })];
    expect(verdict(decide(cluster(bgpConfig(range, ads))))?.decision).toEqual({
      kind: "advertise",
      because: "to nobody by BGPAdvertisement a: none of its peers is a BGPPeer of the node node-a",
    });
    expect(verdict(decide(cluster(bgpConfig(range, ads, []))))?.decision.because).toBe(
      "to nobody: no BGPPeer selects the node node-a",
    );
  });
});

describe("conflicts of the local preference (TestCheckBGPAdvConflicts)", () => {
  const node1 = [{ matchLabels: { host: "1" } }];
  const selected = [{}];

  test.each<[string, Config, boolean]>([
    ["same pref", bgpConfig(range, [pref100, { ...pref200, localPref: 100 }]), true],
    ["both cover the node", bgpConfig(range, [pref100, pref200]), false],
    [
      "with service selectors",
      bgpConfig(range, [pref100, { ...pref200, serviceSelectors: selected }]),
      false,
    ],
    ["disjoint nodes", bgpConfig(range, [pref100, { ...pref200, nodeSelectors: node1 }]), true],
    [
      "disjoint peer lists",
      bgpConfig(range, [
        { ...pref100, peers: ["a"] },
        { ...pref200, peers: ["b"] },
      ]),
      true,
    ],
    [
      "a common peer",
      bgpConfig(range, [
        { ...pref100, peers: ["a", "c"] },
        { ...pref200, peers: ["b", "c"] },
      ]),
      false,
    ],
    ["one peer list empty", bgpConfig(range, [{ ...pref100, peers: ["a"] }, pref200]), false],
    ["other lengths", bgpConfig(range, [pref100, { ...pref200, aggregationLength: 24 }]), true],
    ["one ad", bgpConfig(range, [pref100]), true],
  ])("%s", (_what, config, isAdvertised) => {
    const { decision } = verdict(decide(cluster(config))) ?? {};
    expect(decision?.kind).toBe(isAdvertised ? "advertise" : "withdraw");
    if (isAdvertised) return;
    expect(decision).toMatchObject({
      reason: "conflictingAdvertisements",
      because: "the BGPAdvertisements low and high want the same route with local preference 100 and 200",
    });
    expect(table(decide(cluster(config)))).toEqual([]);
  });

  test("between Services that share a prefix the first advertisement by name decides, and it is said", () => {
    const ads = [
      { ...pref200, serviceSelectors: [{ matchLabels: { tier: "gold" } }] },
      { ...pref100, serviceSelectors: [{ matchLabels: { tier: "tin" } }] },
    ];
    const services = [
      service("web", { ips: ["10.20.30.1"], metadata: { labels: { tier: "tin" } } }),
      service("api", { ips: ["10.20.30.1"], metadata: { labels: { tier: "gold" } } }),
    ];
    const decided = decide(cluster(bgpConfig(range, ads), { services }));
    expect(table(decided)).toEqual(["10.20.30.1/32 pref 200"]);
    expect(verdict(decided)?.decision.because).toBe(
      "to tor by BGPAdvertisement low; 10.20.30.1/32 goes with local preference 200 of BGPAdvertisement high, not 100 of low, by which another Service has it",
    );
  });
});

describe("why not (reference metallb.md, section 5.1)", () => {
  const everything = bgpConfig(range, [bgpAdvertisement("a")]);
  const local = service("web", { ips: ["10.20.30.1"], spec: { externalTrafficPolicy: "Local" } });
  const excluded = node("node-a", { labels: { [EXCLUDE_NODE_LABEL]: "" } });
  const unserving = (conditions: object): readonly EndpointSliceResource[] => [
    { ...slice("web"), endpoints: [{ nodeName: "node-a", conditions }] },
  ];

  test.each<[string, ClusterSnapshot, string, string]>([
    [
      "serviceDeleted",
      cluster(everything, {
        services: [
          service("web", { ips: ["10.20.30.1"], metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }),
        ],
      }),
      "serviceDeleted",
      "the Service is being deleted",
    ],
    [
      "noIPAllocated",
      cluster(everything, { services: [service("web")] }),
      "noIPAllocated",
      "the Service has no address yet",
    ],
    [
      "invalidIP",
      cluster(everything, { services: [service("web", { ips: ["10.20.30"] })] }),
      "invalidIP",
      "the status names 10.20.30, which is no address",
    ],
    [
      "ipNotAllowed",
      cluster(everything, { services: [service("web", { ips: ["10.9.9.9"] })] }),
      "ipNotAllowed",
      "an address of the Service lies in no pool in force",
    ],
    [
      "no advertisement of the pool",
      cluster(bgpConfig(range, [])),
      "notOwner",
      "no BGPAdvertisement selects the pool main",
    ],
    [
      "none that covers the node",
      cluster(bgpConfig(range, [bgpAdvertisement("a", { nodeSelectors: onNodeB })])),
      "notOwner",
      "no BGPAdvertisement of the pool main (a) covers the node node-a",
    ],
    [
      "none that matches the Service",
      cluster(bgpConfig(range, [bgpAdvertisement("a", { serviceSelectors: onNodeB })])),
      "noMatchingAdvertisement",
      "the labels of the Service match no BGPAdvertisement of the pool main (a)",
    ],
    [
      "the network of the node is unavailable",
      cluster(everything, { nodes: [node("node-a", { networkUnavailable: true }), node("node-b")] }),
      "nodeNetworkUnavailable",
      "the node node-a has the condition NetworkUnavailable",
    ],
    [
      "the exclude label",
      cluster(everything, { nodes: [excluded, node("node-b")] }),
      "nodeLabeledExcludeBalancers",
      `the node node-a carries the label ${EXCLUDE_NODE_LABEL}`,
    ],
    [
      "Local, and the endpoint is elsewhere",
      cluster(everything, { services: [local], endpointSlices: [slice("web", "node-b")] }),
      "noLocalEndpoints",
      "no endpoint on the node node-a can serve (externalTrafficPolicy Local)",
    ],
    [
      "no endpoint anywhere",
      cluster(everything, { endpointSlices: unserving({ ready: false }) }),
      "noEndpoints",
      "no endpoint of the Service can serve",
    ],
  ])("%s", (_what, snapshot, reason, because) => {
    const decided = decide(snapshot);
    expect(verdict(decided)?.decision).toEqual({ kind: "withdraw", reason, because });
    expect(verdict(decided)?.prefixes).toEqual([]);
    expect(table(decided)).toEqual([]);
  });

  test.each<[string, readonly EndpointSliceResource[]]>([
    ["not ready, but serving", unserving({ ready: false, serving: true })],
    ["ready, not serving", unserving({ ready: true, serving: false })],
    ["ready unknown", unserving({})],
    [
      "two entries for one address, one of them good",
      [...unserving({ ready: false }), ...unserving({ ready: true })],
    ],
  ])("an endpoint can serve: %s", (_what, endpointSlices) => {
    expect(table(decide(cluster(everything, { endpointSlices })))).toEqual(["10.20.30.1/32"]);
  });

  test("a node that is not Ready advertises: whether it lives is for the router to find out", () => {
    const nodes = [node("node-a", { ready: "Unknown" }), node("node-b")];
    expect(table(decide(cluster(everything, { nodes }), { membership: false }))).toEqual(["10.20.30.1/32"]);
  });

  describe("the last one standing", () => {
    const alone = cluster(everything, { nodes: [excluded] });

    test("advertises though it is excluded, and says so", () => {
      const decided = decide(alone);
      expect(table(decided)).toEqual(["10.20.30.1/32"]);
      expect(verdict(decided)).toMatchObject({
        suspended: [{ node: "node-a" }],
        decision: {
          because: `to tor by BGPAdvertisement a, though the node carries the label ${EXCLUDE_NODE_LABEL}: nobody else is left`,
        },
      });
    });

    test("does not with --strict-exclude-lb", () => {
      expect(table(decide(alone, { strictExcludeLb: true }))).toEqual([]);
    });

    test("is whoever has the endpoints with Local, and whoever has a router", () => {
      const both = { nodes: [excluded, node("node-b")] };
      expect(table(decide(cluster(everything, { ...both, services: [local] })))).toEqual(["10.20.30.1/32"]);
      const rackA = [bgpPeer("tor", { nodeSelectors: [{ matchLabels: { host: "a" } }] })];
      const nodes = [
        node("node-a", { labels: { [EXCLUDE_NODE_LABEL]: "", host: "a" } }),
        node("node-b", { labels: { host: "b" } }),
      ];
      const config = bgpConfig(range, [bgpAdvertisement("a")], rackA);
      expect(table(decide(cluster(config, { nodes })))).toEqual(["10.20.30.1/32"]);
    });

    test("is nobody without endpoints", () => {
      expect(verdict(decide({ ...alone, endpointSlices: [] }))?.decision).toMatchObject({
        reason: "nodeLabeledExcludeBalancers",
      });
    });
  });
});

describe("what works is never broken", () => {
  const objects = {
    pools: [poolObject("main", range)],
    bgpAds: [bgpAdvertisementObject("a", { localPref: 7 })],
    peers: [bgpPeerObject("tor", { myASN: 64512, peerASN: 64513, peerAddress: "192.0.2.1" })],
  };

  test("the address of a pool that is gone is advertised until the Service gives it up", () => {
    const full = configFrom(objects);
    const before = decideBgp(cluster(full), announcingOptions);
    const without = configFrom({ ...objects, pools: [] }, full);
    const after = decideBgp(cluster(without), announcingOptions, before);
    expect(after.routes.get("tor")).toEqual(before.routes.get("tor"));
    expect(verdict(after)?.decision.because).toBe(
      "to tor by BGPAdvertisement a; kept until the Service gives it up, though the pool main is gone",
    );
    const changed = configFrom({ ...objects, pools: [], bgpAds: [] }, without);
    expect(table(decideBgp(cluster(changed), announcingOptions, after))).toEqual([]);
  });

  test("an address that another controller keeps taking out is advertised as the operator notes", () => {
    const contested = service("web", {
      ips: ["192.168.1.1"],
      metadata: { annotations: { "steelyard.io/contested-addresses": "10.20.30.1" } },
    });
    expect(table(decide(cluster(configFrom(objects), { services: [contested] })))).toEqual([
      "10.20.30.1/32 pref 7",
    ]);
  });
});
