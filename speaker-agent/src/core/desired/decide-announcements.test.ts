import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type ServiceResource } from "@steelyard/model/resources";
import { decideAnnouncements } from "./decide-announcements.ts";
import { advertisement, config, node, pool, service, type ServiceOptions, slice } from "./testing/cluster.ts";
import { sha256 } from "./testing/sha256.ts";
import { type AnnouncingOptions, type ClusterSnapshot, type ServiceVerdict } from "./types.ts";

const options: AnnouncingOptions = { nodeName: "node-a", lbClasses: [], ignoreExcludeLb: false };
const threeNodes = ["node-a", "node-b", "node-c"].map((name) => node(name));

/** 192.168.1.240 ranks a, c, b; 10.0.0.1 ranks b, a, c; 2001:db8::1 ranks b, a, c (reference metallb.md, section 4.2). */
const everything = pool("main", ["192.168.1.0/24", "10.0.0.0/24", "2001:db8::/64"], [advertisement()]);

function clusterOf(
  services: readonly ServiceResource[],
  changes: Partial<ClusterSnapshot> = {},
): ClusterSnapshot {
  return {
    config: config(everything),
    services,
    endpointSlices: services.map(({ metadata }) => slice(metadata.name, "node-b")),
    nodes: threeNodes,
    ...changes,
  };
}

function decide(cluster: ClusterSnapshot, changes: Partial<AnnouncingOptions> = {}) {
  return decideAnnouncements(cluster, { ...options, ...changes }, { sha256 });
}

/** The whole decision in one line per address. */
function announcedBy(cluster: ClusterSnapshot, changes: Partial<AnnouncingOptions> = {}): readonly string[] {
  return decide(cluster, changes).announcements.map(({ address, ranking, interfaces }) => {
    const where = interfaces.length === 0 ? "" : ` on ${interfaces.join(",")}`;
    return `${formatIpAddress(address)} by ${ranking.join(",")}${where}`;
  });
}

function verdict(
  cluster: ClusterSnapshot,
  changes: Partial<AnnouncingOptions> = {},
): ServiceVerdict["decision"] {
  const [only, ...others] = decide(cluster, changes).verdicts;
  if (only === undefined || others.length > 0) throw new Error("not exactly one verdict");
  return only.decision;
}

const web = (changes: ServiceOptions = {}) => service("web", { ips: ["192.168.1.240"], ...changes });

describe("one Service with an address", () => {
  test("its owner announces, the others know who", () => {
    const cluster = clusterOf([web()]);
    expect(announcedBy(cluster)).toEqual(["192.168.1.240 by node-a,node-c,node-b"]);
    expect(verdict(cluster)).toEqual({ kind: "announce", because: "first in the ranking (hash 0905ce28)" });
    expect(verdict(cluster, { nodeName: "node-b" })).toEqual({
      kind: "withdraw",
      reason: "notOwner",
      because: "node node-a is first in the ranking",
    });
  });

  test("all nodes come to the same ranking", () => {
    const cluster = clusterOf([web()]);
    const seen = threeNodes.map(({ metadata }) => announcedBy(cluster, { nodeName: metadata.name }));
    expect(new Set(seen.flat())).toEqual(new Set(["192.168.1.240 by node-a,node-c,node-b"]));
  });

  test("both families go to one node, chosen by the first address", () => {
    const cluster = clusterOf([service("web", { ips: ["192.168.1.240", "2001:db8::1"] })]);
    expect(announcedBy(cluster)).toEqual([
      "192.168.1.240 by node-a,node-c,node-b",
      "2001:db8::1 by node-a,node-c,node-b",
    ]);
    const swapped = clusterOf([service("web", { ips: ["2001:db8::1", "192.168.1.240"] })]);
    expect(announcedBy(swapped)).toEqual([
      "192.168.1.240 by node-b,node-a,node-c",
      "2001:db8::1 by node-b,node-a,node-c",
    ]);
  });

  test("the input is not changed", () => {
    const cluster = clusterOf(Object.freeze([service("z", { ips: ["10.0.0.1"] }), web()]));
    expect(decide(cluster).verdicts.map(({ service: { name } }) => name)).toEqual(["web", "z"]);
  });
});

// Reference metallb.md, sections 4.1 and 4.2, in the order in which they are asked.
test("addresses that an edit has left in two pools are announced by the first one's advertisements", () => {
  const cluster = clusterOf([web({ ips: ["192.168.1.240", "10.0.0.1"] })], {
    config: config(pool("a", ["192.168.1.0/24"], [advertisement()]), pool("b", ["10.0.0.0/24"], [])),
  });
  expect(verdict(cluster)).toMatchObject({ kind: "announce" });
});

describe("reasons not to announce", () => {
  const shared = { annotations: { "metallb.io/allow-shared-ip": "" } };
  const forOthers = advertisement({ name: "blue", serviceSelectors: [{ matchLabels: { team: "blue" } }] });
  const elsewhere = advertisement({ nodeSelectors: [{ matchLabels: { rack: "2" } }] });
  const byService = advertisement({ name: "red", serviceSelectors: [{ matchLabels: { team: "red" } }] });
  const from = (...ads: Parameters<typeof pool>[2][number][]) =>
    config(pool("main", ["192.168.1.0/24"], ads));

  test.each<[string, ClusterSnapshot, string, string]>([
    [
      "being deleted",
      clusterOf([web({ metadata: { deletionTimestamp: "2026-11-22T10:00:00Z" } })]),
      "serviceDeleted",
      "the Service is being deleted",
    ],
    ["no address", clusterOf([service("web")]), "noIPAllocated", "the Service has no address yet"],
    [
      "a status of somebody else",
      clusterOf([web({ ips: ["192.168.1.240", "pending"] })]),
      "invalidIP",
      "the status names pending, which is no address",
    ],
    [
      "an address of no pool",
      clusterOf([web({ ips: ["172.16.0.1"] })]),
      "ipNotAllowed",
      "an address of the Service lies in no pool in force",
    ],
    [
      "no endpoint",
      clusterOf([web()], { endpointSlices: [] }),
      "notOwner",
      "no endpoint of the Service can serve",
    ],
    [
      "endpoints of another Service of that name",
      clusterOf([web()], {
        endpointSlices: [
          { ...slice("web", "node-a"), metadata: { ...slice("web").metadata, namespace: "other" } },
        ],
      }),
      "notOwner",
      "no endpoint of the Service can serve",
    ],
    [
      "sharing with a selecting advertisement",
      clusterOf([web({ metadata: { ...shared, labels: { team: "red" } } })], { config: from(byService) }),
      "sharedIPWithServiceSelector",
      "the Service may share its address, but L2Advertisement red selects by Service",
    ],
    [
      "no advertisement at all",
      clusterOf([web()], { config: from() }),
      "noMatchingAdvertisement",
      "no L2Advertisement selects the pool main",
    ],
    [
      "advertisements for other Services",
      clusterOf([web()], { config: from(forOthers) }),
      "noMatchingAdvertisement",
      "the labels of the Service match no L2Advertisement of the pool main (blue)",
    ],
    [
      "advertisements for other nodes",
      clusterOf([web()], {
        config: from(elsewhere),
        nodes: [...threeNodes, node("node-d", { labels: { rack: "2" } })],
      }),
      "noMatchingAdvertisement",
      "no L2Advertisement for the Service covers the node node-a",
    ],
    [
      "nobody may",
      clusterOf([web()], {
        nodes: [node("node-a", { ready: "Unknown" }), node("node-b", { networkUnavailable: true })],
      }),
      "notOwner",
      "no node may announce it: node-a is not Ready, node-b has the condition NetworkUnavailable",
    ],
    ["no nodes known", clusterOf([web()], { nodes: [] }), "notOwner", "the cluster has no node node-a"],
  ])("%s", (_name, cluster, reason, because) => {
    expect(verdict(cluster)).toEqual({ kind: "withdraw", reason, because });
    expect(announcedBy(cluster)).toEqual([]);
  });

  test("sharing without a selecting advertisement is fine", () => {
    expect(verdict(clusterOf([web({ metadata: shared })]))).toMatchObject({ kind: "announce" });
  });
});

describe("which Services are ours (reference metallb.md, section 3.9)", () => {
  const all = [
    web(),
    service("blue", { ips: ["192.168.1.240"], spec: { loadBalancerClass: "example.com/blue" } }),
    service("internal", { ips: ["192.168.1.240"], spec: { type: "ClusterIP" } }),
  ];
  test.each([
    [[], ["web"]],
    [["example.com/blue"], ["blue"]],
    [["example.com/red"], []],
  ])("classes %j: %j", (lbClasses, expected) => {
    expect(decide(clusterOf(all), { lbClasses }).verdicts.map(({ service: { name } }) => name)).toEqual(
      expected,
    );
  });
});

describe("which nodes are candidates", () => {
  const unlabelled = node("node-b");
  const excluded = node("node-a", {
    labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" },
  });

  test("a node that is not Ready, without network or with the exclusion label drops out", () => {
    const unfit = [
      node("node-a", { ready: "False" }),
      node("node-b"),
      node("node-c", { networkUnavailable: true }),
    ];
    expect(announcedBy(clusterOf([web()], { nodes: unfit }), { nodeName: "node-b" })).toEqual([
      "192.168.1.240 by node-b",
    ]);
    const labelled = clusterOf([web()], { nodes: [excluded, unlabelled] });
    expect(announcedBy(labelled, { nodeName: "node-b" })).toEqual(["192.168.1.240 by node-b"]);
  });

  test("--ignore-exclude-lb brings the labelled node back", () => {
    const cluster = clusterOf([web()], { nodes: [excluded, unlabelled] });
    expect(announcedBy(cluster, { ignoreExcludeLb: true })).toEqual(["192.168.1.240 by node-a,node-b"]);
  });

  test("externalTrafficPolicy Local: only nodes with an endpoint that can serve", () => {
    const local = web({ spec: { externalTrafficPolicy: "Local" } });
    const endpoints = {
      ...slice("web"),
      endpoints: [
        { nodeName: "node-a", conditions: { ready: false, serving: false } },
        { nodeName: "node-b", conditions: { ready: false, serving: true } },
        { nodeName: "node-c", conditions: {} },
        { conditions: { ready: true } },
      ],
    };
    const cluster = clusterOf([local], { endpointSlices: [endpoints] });
    expect(announcedBy(cluster, { nodeName: "node-b" })).toEqual(["192.168.1.240 by node-c,node-b"]);
    expect(decide(cluster).verdicts[0]?.excluded).toEqual([
      { node: "node-a", because: "runs no endpoint that can serve (externalTrafficPolicy Local)" },
    ]);
  });

  test("nodes outside all node selectors drop out; preferences are summed over the advertisements that cover a node", () => {
    const prefer = (weight: number, rack: string) => ({ weight, preference: { matchLabels: { rack } } });
    const advertisements = [
      advertisement({ name: "one", preferredNodeSelectors: [prefer(10, "1")] }),
      advertisement({
        name: "two",
        nodeSelectors: [{ matchLabels: { rack: "2" } }],
        // The first preference never counts: it is for nodes that this advertisement does not cover.
        preferredNodeSelectors: [prefer(100, "1"), prefer(6, "2"), prefer(5, "2")],
      }),
    ];
    const nodes = [
      node("node-a", { labels: { rack: "1" } }),
      node("node-b", { labels: { rack: "2" } }),
      node("node-c"),
    ];
    const cluster = clusterOf([web()], {
      nodes,
      config: config(pool("main", ["192.168.1.0/24"], advertisements)),
    });
    expect(announcedBy(cluster)).toEqual(["192.168.1.240 by node-b,node-a,node-c"]);
    expect(decide(cluster).verdicts[0]?.ranking.map(({ score }) => score)).toEqual([11, 10, 0]);
  });
});

describe("interfaces (reference metallb.md, section 4.3)", () => {
  const one = advertisement({ name: "one", interfaces: ["eth2", "eth1"] });
  const two = advertisement({ name: "two", interfaces: ["eth1", "eth0"] });
  const onlyB = advertisement({
    name: "b",
    interfaces: ["eth9"],
    nodeSelectors: [{ matchLabels: { only: "b" } }],
  });

  test.each([
    ["the union of all that cover this node", [one, two, onlyB], " on eth0,eth1,eth2"],
    ["one without a list means all", [one, advertisement({ name: "all" })], ""],
  ])("%s", (_name, advertisements, expected) => {
    const cluster = clusterOf([web()], { config: config(pool("main", ["192.168.1.0/24"], advertisements)) });
    expect(announcedBy(cluster)).toEqual([`192.168.1.240 by node-a,node-c,node-b${expected}`]);
  });
});

describe("an address that Services share", () => {
  const onB = { externalTrafficPolicy: "Local" };

  test("is announced once", () => {
    const cluster = clusterOf([web(), service("dns", { ips: ["192.168.1.240"] })]);
    expect(announcedBy(cluster)).toEqual(["192.168.1.240 by node-a,node-c,node-b"]);
    expect(decide(cluster).verdicts.map(({ decision }) => decision.kind)).toEqual(["announce", "announce"]);
  });

  test("goes to a node that all of them accept", () => {
    const cluster = clusterOf([service("dns", { ips: ["192.168.1.240"] }), web({ spec: onB })]);
    expect(announcedBy(cluster, { nodeName: "node-b" })).toEqual(["192.168.1.240 by node-b"]);
    expect(announcedBy(cluster)).toEqual([]);
    expect(decide(cluster, { nodeName: "node-b" }).verdicts.map(({ decision }) => decision.kind)).toEqual([
      "announce",
      "announce",
    ]);
  });

  test("goes to the first Service's node when no node suits all", () => {
    const services = [service("dns", { ips: ["192.168.1.240"], spec: onB }), web({ spec: onB })];
    const endpointSlices = [slice("dns", "node-c"), slice("web", "node-b")];
    const cluster = clusterOf(services, { endpointSlices });
    expect(announcedBy(cluster, { nodeName: "node-c" })).toEqual(["192.168.1.240 by node-c"]);
    expect(announcedBy(cluster, { nodeName: "node-b" })).toEqual([]);
  });

  test("stays when one of them goes, or loses its endpoints", () => {
    const cluster = clusterOf([web(), service("dns", { ips: ["192.168.1.240"] })], {
      endpointSlices: [slice("web", "node-b")],
    });
    expect(announcedBy(cluster)).toEqual(["192.168.1.240 by node-a,node-c,node-b"]);
  });
});
