import { describe, expect, test } from "@jest/globals";
import { type L2Advertisement } from "../config/index.ts";
import {
  EXCLUDE_NODE_LABEL,
  type EndpointSliceResource,
  type NodeResource,
  projectNode,
  projectService,
  type ServiceResource,
} from "../resources/index.ts";
import {
  type AnnouncingSubject,
  explainAnnouncing,
  USUAL_ELECTORATE_RULES,
  whySuspended,
} from "./explain-announcing.ts";

function node(
  name: string,
  { labels = {}, ready = "True" }: { labels?: object; ready?: string } = {},
): NodeResource {
  return projectNode({
    metadata: { name, labels },
    status: { conditions: [{ type: "Ready", status: ready }] },
  });
}

function advertisement(changes: Partial<L2Advertisement> = {}): L2Advertisement {
  return {
    name: "l2",
    nodeSelectors: [],
    interfaces: [],
    serviceSelectors: [],
    preferredNodeSelectors: [],
    ...changes,
  };
}

function service({ metadata = {}, policy = "Cluster", ips = ["192.0.2.1"] } = {}): ServiceResource {
  return projectService({
    metadata: { name: "web", namespace: "default", ...metadata },
    spec: { type: "LoadBalancer", externalTrafficPolicy: policy },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  });
}

function slices(...nodes: readonly string[]): readonly EndpointSliceResource[] {
  return [{ metadata: { name: "web-1" }, endpoints: nodes.map((nodeName) => ({ nodeName })) }];
}

function subject(changes: Partial<AnnouncingSubject> = {}): AnnouncingSubject {
  return {
    service: service(),
    slices: slices("a"),
    pool: { name: "main", l2Advertisements: [advertisement()] },
    ...changes,
  };
}

function withAds(...l2Advertisements: readonly L2Advertisement[]): AnnouncingSubject {
  return subject({ pool: { name: "main", l2Advertisements } });
}

const excluded = { labels: { [EXCLUDE_NODE_LABEL]: "" } };
const namesOf = (nodes: readonly { readonly node: string }[]) => nodes.map((one) => one.node);

describe("nobody announces a Service", () => {
  const selecting = advertisement({ serviceSelectors: [{ matchLabels: { tier: "front" } }] });
  test.each([
    [
      "deleted",
      { service: service({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } }) },
      "the Service is being deleted",
    ],
    ["no-address", { service: service({ ips: [] }) }, "the Service has no address yet"],
    [
      "invalid-address",
      { service: service({ ips: ["nonsense"] }) },
      "the status names nonsense, which is no address",
    ],
    ["no-pool", { pool: undefined }, "an address of the Service lies in no pool in force"],
    ["no-endpoint", { slices: [] }, "no endpoint of the Service can serve"],
    [
      "no-advertisement",
      { pool: { name: "main", l2Advertisements: [] } },
      "no L2Advertisement selects the pool main",
    ],
    [
      "advertisement-selects-others",
      { pool: { name: "main", l2Advertisements: [selecting] } },
      "the labels of the Service match no L2Advertisement of the pool main (l2)",
    ],
    [
      "shared-with-service-selector",
      {
        service: service({
          metadata: { labels: { tier: "front" }, annotations: { "metallb.io/allow-shared-ip": "k" } },
        }),
        pool: { name: "main", l2Advertisements: [selecting] },
      },
      "the Service may share its address, but L2Advertisement l2 selects by Service",
    ],
  ])("%s", (reason, changes, because) => {
    const explained = explainAnnouncing(subject(changes), [node("a")]);
    expect(explained).toEqual({ candidates: [], suspended: [], excluded: [], refusal: { reason, because } });
  });

  test("when no node may, with each node's reason", () => {
    const ad = advertisement({ nodeSelectors: [{ matchLabels: { rack: "1" } }] });
    const rules = { ...USUAL_ELECTORATE_RULES, strictExclusion: true };
    const nodes = [node("b", { labels: { ...excluded.labels, rack: "1" } }), node("a")];
    expect(explainAnnouncing(withAds(ad), nodes, rules).refusal).toEqual({
      reason: "no-candidate",
      because:
        "no node may announce it: a is not selected by any advertisement of the Service, " +
        `b carries the label ${EXCLUDE_NODE_LABEL}`,
    });
  });

  test("a hundred nodes are not all named", () => {
    const nodes = Array.from({ length: 100 }, (_, index) => node(`n${String(index).padStart(3, "0")}`));
    const local = subject({ service: service({ policy: "Local" }), slices: slices("elsewhere") });
    expect(explainAnnouncing(local, nodes).refusal?.because).toMatch(/n009 runs no endpoint.*, and 90 more$/);
  });

  test("when there is no node at all", () => {
    expect(explainAnnouncing(subject(), []).refusal?.because).toBe("the cluster has no nodes");
  });
});

describe("candidates", () => {
  test("are all nodes that are covered, sorted, with the interfaces and the preference of what covers them", () => {
    const ads = [
      advertisement({
        name: "x",
        interfaces: ["eth1", "eth0"],
        nodeSelectors: [{ matchLabels: { rack: "1" } }],
      }),
      advertisement({
        name: "y",
        interfaces: ["eth2"],
        preferredNodeSelectors: [{ weight: 7, preference: { matchLabels: { fast: "yes" } } }],
      }),
      advertisement({ name: "z", nodeSelectors: [{ matchLabels: { rack: "2" } }] }),
    ];
    const nodes = [
      node("c", { labels: { fast: "yes" } }),
      node("b", { labels: { rack: "1" } }),
      node("a", { labels: { rack: "2", fast: "yes" } }),
    ];
    expect(explainAnnouncing(withAds(...ads), nodes)).toEqual({
      candidates: [
        { node: "a", preference: 7, interfaces: [] },
        { node: "b", preference: 0, interfaces: ["eth0", "eth1", "eth2"] },
        { node: "c", preference: 7, interfaces: ["eth2"] },
      ],
      suspended: [],
      excluded: [],
      refusal: undefined,
    });
  });

  test("with Local only nodes that run an endpoint that can serve", () => {
    const local = subject({ service: service({ policy: "Local" }), slices: slices("b", "a", "gone") });
    const { candidates, excluded: others } = explainAnnouncing(local, [node("a"), node("b"), node("c")]);
    expect(namesOf(candidates)).toEqual(["a", "b"]);
    expect(others).toEqual([
      {
        node: "c",
        reason: "no-endpoint",
        because: "runs no endpoint that can serve (externalTrafficPolicy Local)",
      },
    ]);
  });

  test("need not be Ready with membership, but have to be without", () => {
    const nodes = [node("a", { ready: "Unknown" }), node("b")];
    expect(namesOf(explainAnnouncing(subject(), nodes).candidates)).toEqual(["a", "b"]);
    const without = { ...USUAL_ELECTORATE_RULES, unreadyMayAnnounce: false };
    const explained = explainAnnouncing(subject(), nodes, without);
    expect(namesOf(explained.candidates)).toEqual(["b"]);
    expect(explained.excluded).toEqual([{ node: "a", reason: "not-ready", because: "is not Ready" }]);
  });
});

describe("the last one standing", () => {
  test("counts although it is labelled, and that is said", () => {
    const explained = explainAnnouncing(subject(), [node("a", excluded), node("b", excluded)]);
    expect(namesOf(explained.candidates)).toEqual(["a", "b"]);
    expect(namesOf(explained.suspended)).toEqual(["a", "b"]);
    expect(explained.refusal).toBeUndefined();
    expect(whySuspended(explained.suspended)).toBe(
      `a carries the label ${EXCLUDE_NODE_LABEL}, b carries the label ${EXCLUDE_NODE_LABEL}, ` +
        "but no other node that is Ready may announce it",
    );
  });

  test("does not count while another one may announce", () => {
    const explained = explainAnnouncing(subject(), [node("a", excluded), node("b")]);
    expect(namesOf(explained.candidates)).toEqual(["b"]);
    expect(explained.suspended).toEqual([]);
    expect(namesOf(explained.excluded)).toEqual(["a"]);
  });

  test("counts beside another one that is not Ready", () => {
    const explained = explainAnnouncing(subject(), [node("a", excluded), node("b", { ready: "Unknown" })]);
    expect(namesOf(explained.candidates)).toEqual(["a", "b"]);
    expect(namesOf(explained.suspended)).toEqual(["a"]);
  });

  test("a node that cannot announce anyway is not brought back", () => {
    const ad = advertisement({ nodeSelectors: [{ matchLabels: { rack: "1" } }] });
    const nodes = [node("a", excluded), node("b", { labels: { ...excluded.labels, rack: "1" } })];
    expect(namesOf(explainAnnouncing(withAds(ad), nodes).candidates)).toEqual(["b"]);
  });

  test("with Local it is the last one with an endpoint", () => {
    const local = subject({ service: service({ policy: "Local" }), slices: slices("a") });
    const explained = explainAnnouncing(local, [node("a", excluded), node("b")]);
    expect(namesOf(explained.candidates)).toEqual(["a"]);
    expect(namesOf(explained.suspended)).toEqual(["a"]);
  });

  test("is withdrawn like any other in strict mode", () => {
    const rules = { ...USUAL_ELECTORATE_RULES, strictExclusion: true };
    const explained = explainAnnouncing(subject(), [node("a", excluded)], rules);
    expect(explained.candidates).toEqual([]);
    expect(explained.suspended).toEqual([]);
    expect(explained.refusal?.reason).toBe("no-candidate");
  });
});
