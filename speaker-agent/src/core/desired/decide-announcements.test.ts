import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import { type ServiceResource } from "@steelyard/model/resources";
import { decideAnnouncements } from "./decide-announcements.ts";
import {
  advertisement,
  announcingOptions,
  config,
  node,
  pool,
  service,
  type ServiceOptions,
  slice,
} from "./testing/cluster.ts";
import { type AnnouncingOptions, type ClusterSnapshot, type ServiceVerdict } from "./types.ts";

const threeNodes = ["node-a", "node-b", "node-c"].map((name) => node(name));

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
  return decideAnnouncements(cluster, { ...announcingOptions, ...changes });
}

/** The whole decision in one line per address. */
function candidatesIn(cluster: ClusterSnapshot, changes: Partial<AnnouncingOptions> = {}): readonly string[] {
  return decide(cluster, changes).addresses.map(({ address, candidates }) => {
    const each = candidates.map(({ node: name, preference, interfaces }) => {
      const preferred = preference === 0 ? "" : `+${preference}`;
      return `${name}${preferred}${interfaces.length === 0 ? "" : ` on ${interfaces.join(",")}`}`;
    });
    return `${formatIpAddress(address)}: ${each.join("; ")}`;
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
  test("every node is a candidate, and knows it", () => {
    const cluster = clusterOf([web()]);
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a; node-b; node-c"]);
    expect(verdict(cluster)).toEqual({ kind: "candidate", because: "one of 3 nodes that may" });
    const alone = clusterOf([web()], { nodes: [node("node-a")] });
    expect(verdict(alone)).toEqual({ kind: "candidate", because: "the only node that may" });
  });

  test("all nodes come to the same addresses", () => {
    const cluster = clusterOf([web()]);
    const seen = threeNodes.map(({ metadata }) => decide(cluster, { nodeName: metadata.name }).addresses);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
  });

  test("both families go by the hash of the first address", () => {
    const keys = (...ips: readonly string[]) =>
      decide(clusterOf([service("web", { ips })])).addresses.map(
        ({ address, electionKey }) => `${formatIpAddress(address)} by ${formatIpAddress(electionKey)}`,
      );
    expect(keys("192.168.1.240", "2001:db8::1")).toEqual([
      "192.168.1.240 by 192.168.1.240",
      "2001:db8::1 by 192.168.1.240",
    ]);
    expect(keys("2001:db8::1", "192.168.1.240")).toEqual([
      "192.168.1.240 by 2001:db8::1",
      "2001:db8::1 by 2001:db8::1",
    ]);
  });

  test("the input is not changed", () => {
    const cluster = clusterOf(Object.freeze([service("z", { ips: ["10.0.0.1"] }), web()]));
    expect(decide(cluster).verdicts.map(({ service: { name } }) => name)).toEqual(["web", "z"]);
  });

  test("which nodes are Ready is said, for when nothing else says who lives", () => {
    const nodes = [node("node-c"), node("node-b", { ready: "Unknown" }), node("node-a")];
    expect(decide(clusterOf([web()], { nodes })).readyNodes).toEqual(["node-a", "node-c"]);
  });
});

describe("whether an address has been announced before", () => {
  const announced = (message: string, status: "True" | "False" = "True", reason = "Layer2") => ({
    ...web(),
    status: {
      ...web().status,
      conditions: [{ type: "steelyard.io/Announced", status, reason, lastTransitionTime: "", message }],
    },
  });
  const isFresh = (cluster: ClusterSnapshot, previous?: ReturnType<typeof decide>) =>
    decideAnnouncements(cluster, announcingOptions, previous).addresses.map(({ fresh }) => fresh);

  test.each([
    ["nothing says so", web(), true],
    ["the condition names it", announced("node a (on every interface) answers for 192.168.1.240"), false],
    ["the condition names it among others", announced("a answers for 10.0.0.1, 192.168.1.240"), false],
    [
      "the condition names others only",
      announced("node a answers for 192.168.1.24 and 192.168.1.2400"),
      true,
    ],
    ["the condition says that it is not", announced("nobody answers for 192.168.1.240", "False"), true],
  ])("%s", (_what, one, fresh) => {
    expect(isFresh(clusterOf([one]))).toEqual([fresh]);
  });

  test("the worker has seen an owner, now or before", () => {
    const owned = { ...clusterOf([web()]), owned: new Set(["192.168.1.240"]) };
    expect(isFresh(owned)).toEqual([false]);
    expect(isFresh(clusterOf([web()]), decide(owned))).toEqual([false]);
  });

  test("the worker has seen an owner, who does not announce it because a stranger has it", () => {
    const message =
      "192.168.1.240 is answered by 02:00:00:00:00:09 on the segment of node a, so no agent does";
    const one = announced(message, "False", "ForeignHolder");
    const cluster = { ...clusterOf([one]), owned: new Set(["192.168.1.240"]) };
    expect(isFresh(cluster)).toEqual([true]);
    expect(isFresh(cluster, decide({ ...clusterOf([web()]), owned: cluster.owned }))).toEqual([true]);
  });

  test("it is forgotten with the last Service that holds it", () => {
    const owned = { ...clusterOf([web()]), owned: new Set(["192.168.1.240"]) };
    const without = decideAnnouncements(clusterOf([]), announcingOptions, decide(owned));
    expect(isFresh(clusterOf([web()]), without)).toEqual([true]);
  });
});

describe("the interface on which an address is put", () => {
  const unbound = everything;
  test.each([
    ["nothing is said", unbound, undefined, undefined],
    ["the flag", unbound, "lo", "lo"],
    ["the pool, before the flag", { ...unbound, bindInterface: "dummy0" }, "lo", "dummy0"],
    ["the pool says none", { ...unbound, bindInterface: "" }, "lo", undefined],
  ])("%s", (_what, main, bindAddresses, bindTo) => {
    const cluster = clusterOf([web()], { config: config(main) });
    expect(decide(cluster, { bindAddresses }).addresses[0]?.bindTo).toBe(bindTo);
  });
});

// Reference metallb.md, sections 4.1 and 4.2, in the order in which they are asked.
test("addresses that an edit has left in two pools are announced by the first one's advertisements", () => {
  const cluster = clusterOf([web({ ips: ["192.168.1.240", "10.0.0.1"] })], {
    config: config(pool("a", ["192.168.1.0/24"], [advertisement()]), pool("b", ["10.0.0.0/24"], [])),
  });
  expect(verdict(cluster)).toMatchObject({ kind: "candidate" });
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
        nodes: [node("node-a", { networkUnavailable: true }), node("node-b", { networkUnavailable: true })],
      }),
      "notOwner",
      "no node may announce it: node-a has the condition NetworkUnavailable, node-b has the condition NetworkUnavailable",
    ],
    ["no nodes known", clusterOf([web()], { nodes: [] }), "notOwner", "the cluster has no node node-a"],
  ])("%s", (_name, cluster, reason, because) => {
    expect(verdict(cluster)).toEqual({ kind: "withdraw", reason, because });
    const { addresses } = decide(cluster);
    expect(addresses.flatMap(({ candidates }) => candidates).map((one) => one.node)).not.toContain("node-a");
  });

  test("sharing without a selecting advertisement is fine", () => {
    expect(verdict(clusterOf([web({ metadata: shared })]))).toMatchObject({ kind: "candidate" });
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
  const label = { "node.kubernetes.io/exclude-from-external-load-balancers": "" };
  const excluded = node("node-a", { labels: label });
  const unlabelled = node("node-b");

  test("a node without network or with the exclusion label drops out", () => {
    const unfit = [excluded, node("node-b"), node("node-c", { networkUnavailable: true })];
    const cluster = clusterOf([web()], { nodes: unfit });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-b"]);
    expect(verdict(cluster)).toEqual({
      kind: "withdraw",
      reason: "notOwner",
      because: "node node-a carries the label node.kubernetes.io/exclude-from-external-load-balancers",
    });
  });

  test("a node that is not Ready drops out where nothing else tells who lives", () => {
    const cluster = clusterOf([web()], { nodes: [node("node-a", { ready: "False" }), node("node-b")] });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a; node-b"]);
    expect(candidatesIn(cluster, { membership: false })).toEqual(["192.168.1.240: node-b"]);
  });

  test("--ignore-exclude-lb brings the labelled node back", () => {
    const cluster = clusterOf([web()], { nodes: [excluded, unlabelled] });
    expect(candidatesIn(cluster, { ignoreExcludeLb: true })).toEqual(["192.168.1.240: node-a; node-b"]);
  });

  test("--withdraw-on-taint takes tainted nodes out", () => {
    const tainted = { ...unlabelled, spec: { taints: [{ key: "maintenance", effect: "NoSchedule" }] } };
    const cluster = clusterOf([web()], { nodes: [node("node-a"), tainted] });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a; node-b"]);
    const withdrawOnTaints = [{ key: "maintenance", value: undefined, effect: undefined }];
    expect(candidatesIn(cluster, { withdrawOnTaints })).toEqual(["192.168.1.240: node-a"]);
  });

  test("the label is suspended when nobody else is left, unless that is refused", () => {
    const cluster = clusterOf([web()], { nodes: [excluded] });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a"]);
    const [judged] = decide(cluster).verdicts;
    expect(judged?.suspended.map((one) => one.node)).toEqual(["node-a"]);
    expect(judged?.decision).toEqual({
      kind: "candidate",
      because:
        "the only node that may, though it carries the label " +
        "node.kubernetes.io/exclude-from-external-load-balancers: nobody else is left",
    });
    expect(verdict(cluster, { strictExcludeLb: true })).toEqual({
      kind: "withdraw",
      reason: "notOwner",
      because:
        "no node may announce it: node-a carries the label node.kubernetes.io/exclude-from-external-load-balancers",
    });
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
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-b; node-c"]);
    expect(verdict(cluster)).toEqual({
      kind: "withdraw",
      reason: "notOwner",
      because: "node node-a runs no endpoint that can serve (externalTrafficPolicy Local)",
    });
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
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a+10; node-b+11; node-c"]);
    expect(verdict(cluster).because).toBe("one of 3 nodes that may, with preference 10");
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
    [
      "the union of all that cover a node",
      [one, two, onlyB],
      "node-a on eth0,eth1,eth2; node-b on eth0,eth1,eth2,eth9",
    ],
    ["one without a list means all", [one, advertisement({ name: "all" })], "node-a; node-b"],
  ])("%s", (_name, advertisements, expected) => {
    const nodes = [node("node-a"), node("node-b", { labels: { only: "b" } })];
    const cluster = clusterOf([web()], {
      nodes,
      config: config(pool("main", ["192.168.1.0/24"], advertisements)),
    });
    expect(candidatesIn(cluster)).toEqual([`192.168.1.240: ${expected}`]);
  });

  test("a node that has to give an address away goes on announcing it where it did", () => {
    const labels = { "node.kubernetes.io/exclude-from-external-load-balancers": "" };
    const cluster = clusterOf([web()], {
      nodes: [node("node-a", { labels }), node("node-b")],
      config: config(pool("main", ["192.168.1.0/24"], [one])),
    });
    expect(decide(cluster).verdicts[0]?.interfaces).toEqual(["eth1", "eth2"]);
  });
});

describe("an address that Services share", () => {
  const onB = { externalTrafficPolicy: "Local" };

  test("is there once, and goes by the first Service", () => {
    const dns = service("dns", { ips: ["10.0.0.1", "192.168.1.240"] });
    const cluster = clusterOf([web(), dns]);
    expect(candidatesIn(cluster)).toEqual([
      "10.0.0.1: node-a; node-b; node-c",
      "192.168.1.240: node-a; node-b; node-c",
    ]);
    const keys = decide(cluster).addresses.map(({ electionKey }) => formatIpAddress(electionKey));
    expect(keys).toEqual(["10.0.0.1", "10.0.0.1"]);
  });

  test("goes to a node that all of them accept", () => {
    const cluster = clusterOf([service("dns", { ips: ["192.168.1.240"] }), web({ spec: onB })]);
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-b"]);
    expect(decide(cluster, { nodeName: "node-b" }).verdicts.map(({ decision }) => decision.kind)).toEqual([
      "candidate",
      "candidate",
    ]);
    expect(decide(cluster).verdicts.map(({ decision }) => decision.because)).toEqual([
      "another Service with the address cannot be announced from node-a",
      "node node-a runs no endpoint that can serve (externalTrafficPolicy Local)",
    ]);
  });

  test("is announced where any of them is", () => {
    const ad = (name: string, interfaces: readonly string[], team: string) =>
      advertisement({ name, interfaces, serviceSelectors: [{ matchLabels: { team } }] });
    const main = pool("main", ["192.168.1.0/24"], [ad("red", ["eth0"], "red"), ad("blue", ["eth1"], "blue")]);
    const of = (name: string, team: string) =>
      service(name, { ips: ["192.168.1.240"], metadata: { labels: { team } } });
    const cluster = clusterOf([of("dns", "red"), of("web", "blue")], {
      config: config(main),
      nodes: [node("node-a")],
    });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a on eth0,eth1"]);
  });

  test("goes to the first Service's nodes when no node suits all", () => {
    const services = [service("dns", { ips: ["192.168.1.240"], spec: onB }), web({ spec: onB })];
    const endpointSlices = [slice("dns", "node-c"), slice("web", "node-b")];
    const cluster = clusterOf(services, { endpointSlices });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-c"]);
  });

  test("stays when one of them goes, or loses its endpoints", () => {
    const cluster = clusterOf([web(), service("dns", { ips: ["192.168.1.240"] })], {
      endpointSlices: [slice("web", "node-b")],
    });
    expect(candidatesIn(cluster)).toEqual(["192.168.1.240: node-a; node-b; node-c"]);
  });
});
