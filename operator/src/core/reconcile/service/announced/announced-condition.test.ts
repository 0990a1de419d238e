import { describe, expect, test } from "@jest/globals";
import {
  type Condition,
  EXCLUDE_NODE_LABEL,
  projectNode,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type AnnouncedScene, announcedFactsOf, saidOf } from "../../../testing/announced-facts.ts";
import { advertisementOf, ip, ips, poolOf } from "../../../testing/pools.ts";
import { l2StatusOf, serviceOf } from "../../../testing/services.ts";
import { type EndpointSummary, type SegmentFinding } from "../../../surroundings/index.ts";
import { announcedCondition } from "./announced-condition.ts";
import { questionToPods } from "./explain-endpoints.ts";

const key = "shop/web";
const at = ip("192.0.2.7");
const lan = advertisementOf("lan");
const edge = poolOf("edge", ["192.0.2.0/24"], { l2Advertisements: [lan] });
const selecting = { selector: { app: "web" } };
const web = serviceOf(key, { spec: selecting });
const served: EndpointSummary = { service: key, nodes: ["node-a"], canServe: true, hasEndpoints: true };
const unserved: EndpointSummary = { ...served, nodes: [], canServe: false };

const node = (
  name: string,
  parts: { readonly labels?: object; readonly conditions?: readonly object[] } = {},
) =>
  projectNode({
    metadata: { name, labels: parts.labels },
    status: { conditions: parts.conditions ?? [{ type: "Ready", status: "True" }] },
  });
const isolated = [{ type: "NetworkUnavailable", status: "True" }];

type Scene = Partial<AnnouncedScene>;

const factsOf = (scene: Scene) => announcedFactsOf({ pool: edge, service: web, ...scene });
const said = (scene: Scene) => saidOf({ pool: edge, service: web, ...scene });

const local = serviceOf(key, { spec: { ...selecting, externalTrafficPolicy: "Local" } });
const withSharing = serviceOf(key, {
  spec: selecting,
  labels: { app: "web" },
  annotations: { "metallb.io/allow-shared-ip": "k" },
});
const byLabel = advertisementOf("picky", { serviceSelectors: [{ matchLabels: { app: "web" } }] });
const byNode = advertisementOf("edge-nodes", { nodeSelectors: [{ matchLabels: { tier: "edge" } }] });
const withAgent = { l2Statuses: [l2StatusOf(key, "node-a", ["eth0"])] };
const excluded = { labels: { [EXCLUDE_NODE_LABEL]: "" } };

test.each<readonly [string, Scene, string]>([
  [
    "no endpoint",
    { endpoints: [] },
    "False NoEndpoint: no pod of namespace shop that has an address matches the selector app=web, so nothing answers for 192.0.2.7",
  ],
  [
    "no endpoint and no selector",
    { endpoints: [], service: serviceOf(key) },
    "False NoEndpoint: the Service has no selector and no EndpointSlice with an endpoint, so nothing answers for 192.0.2.7",
  ],
  [
    "no ready endpoint",
    { endpoints: [unserved] },
    "False NoReadyEndpoint: no endpoint of the Service is ready, so nothing answers for 192.0.2.7",
  ],
  [
    "a rule about sharing",
    { endpoints: [served], service: withSharing, pool: { ...edge, l2Advertisements: [byLabel] } },
    "False SharedWithServiceSelector: the Service may share its address, but L2Advertisement picky selects by Service, so no agent announces 192.0.2.7; take the annotation metallb.io/allow-shared-ip away, or announce by an L2Advertisement without serviceSelectors",
  ],
  [
    "no node",
    {
      endpoints: [served],
      nodes: [node("node-b", { labels: { tier: "edge" }, conditions: isolated }), node("node-a")],
      pool: { ...edge, l2Advertisements: [byNode] },
    },
    "False NoEligibleNode: no node may announce it: node-a is not selected by any advertisement of the Service, node-b has the condition NetworkUnavailable, so nothing answers for 192.0.2.7; widen spec.nodeSelectors of L2Advertisement edge-nodes",
  ],
  [
    "pods on the wrong nodes",
    {
      endpoints: [served],
      service: local,
      nodes: [node("node-a", { conditions: isolated }), node("node-b"), node("node-c")],
    },
    "False NoEligibleNode: with externalTrafficPolicy Local only nodes with a pod of it may announce it, but node-a has the condition NetworkUnavailable, and 2 other nodes run none, so nothing answers for 192.0.2.7; wait for the network of a node, or look at its CNI",
  ],
  [
    "pods on the wrong nodes, and other nodes that no advertisement selects",
    {
      endpoints: [served],
      service: local,
      nodes: [node("node-a", { labels: { tier: "edge" }, conditions: isolated }), node("node-b")],
      pool: { ...edge, l2Advertisements: [byNode] },
    },
    "False NoEligibleNode: with externalTrafficPolicy Local only nodes with a pod of it may announce it, but node-a has the condition NetworkUnavailable, and 1 other node runs none, so nothing answers for 192.0.2.7; wait for the network of a node, or look at its CNI",
  ],
  [
    "a pod on a node that no advertisement selects",
    {
      endpoints: [served],
      service: local,
      nodes: [node("node-a"), node("node-b", { labels: { tier: "edge" } })],
      pool: { ...edge, l2Advertisements: [byNode] },
    },
    "False NoEligibleNode: with externalTrafficPolicy Local only nodes with a pod of it may announce it, but node-a is not selected by any advertisement of the Service, and 1 other node runs none, so nothing answers for 192.0.2.7; widen spec.nodeSelectors of L2Advertisement edge-nodes, or run a pod on a node that it selects",
  ],
  [
    "two advertisements, and no agent yet",
    {
      endpoints: [served],
      nodes: [node("node-a")],
      pool: { ...edge, l2Advertisements: [lan, advertisementOf("wan")] },
    },
    "Unknown AwaitingAgent: L2Advertisements lan and wan cover 192.0.2.7, and no agent has reported yet that it answers; it takes an agent on a Ready node that one of them selects, and a ready endpoint of the Service",
  ],
  [
    "no nodes at all",
    { endpoints: [served], nodes: [] },
    "False NoEligibleNode: the cluster has no nodes, so nothing answers for 192.0.2.7; join a node that runs the agent",
  ],
  [
    "endpoints without a node",
    { endpoints: [{ ...served, nodes: [] }], service: local, nodes: [node("node-a")] },
    "False NoEligibleNode: its pods run on no node that the cluster knows (externalTrafficPolicy Local), so nothing answers for 192.0.2.7; run a pod on another node, or set externalTrafficPolicy to Cluster",
  ],
  [
    "a foreign holder",
    {
      endpoints: [served],
      findings: [{ address: at, is: "held", node: "node-a", mac: "aa:bb:cc:dd:ee:01" }],
    },
    "False ForeignHolder: 192.0.2.7 is answered by aa:bb:cc:dd:ee:01 on the segment of node node-a, so no agent announces 192.0.2.7; it stays, because no pool has another one for the Service; stop that host, or keep it off 192.0.2.7: an agent asks again, and announces when nobody answers",
  ],
  [
    "a router that answers for everybody",
    {
      endpoints: [served],
      findings: [{ address: at, is: "held", node: "node-a", mac: "aa:bb:cc:dd:ee:01" }],
      countQuarantinedBy: () => 12,
    },
    "False ForeignHolder: 192.0.2.7 is answered by aa:bb:cc:dd:ee:01 on the segment of node node-a, so no agent announces 192.0.2.7; it stays, because that host answers for 8 addresses or more, as a router with proxy ARP does; stop that host, or keep it off 192.0.2.7: an agent asks again, and announces when nobody answers",
  ],
  [
    "no interface",
    {
      endpoints: [served],
      nodes: [node("node-a")],
      findings: [{ address: at, is: "unannounceable", node: "node-a", because: "has no interface eth9" }],
    },
    "False NoInterface: node node-a has no interface eth9, so nothing answers for 192.0.2.7",
  ],
  [
    "nothing in the way",
    { endpoints: [served], nodes: [node("node-a", excluded)] },
    `Unknown AwaitingAgent: L2Advertisement lan covers 192.0.2.7, and no agent has reported yet that it answers; it takes an agent on a Ready node that the advertisement selects, and a ready endpoint of the Service; agents with --strict-exclude-lb stay silent, because node-a carries the label ${EXCLUDE_NODE_LABEL}`,
  ],
  ["an agent that answers", withAgent, "True Layer2: node node-a (on interface eth0) answers for 192.0.2.7"],
  [
    "a suspended exclusion",
    {
      ...withAgent,
      nodes: [node("node-a", excluded)],
      findings: [{ address: at, is: "suspended", node: "node-a" }],
    },
    `True ExclusionSuspended: node node-a (on interface eth0) answers for 192.0.2.7, although it should not: node-a carries the label ${EXCLUDE_NODE_LABEL}, but no other node that is Ready may announce it`,
  ],
  [
    "an answer that nobody hears",
    {
      ...withAgent,
      findings: [{ address: at, is: "check", node: "node-b", verdict: "NobodyAnswers", macs: [] }],
    },
    "False NobodyAnswers: node node-a (on interface eth0) answers for 192.0.2.7, but node-b asked the segment for 192.0.2.7 and heard nobody; look at the network between these nodes",
  ],
  [
    "two answers",
    {
      ...withAgent,
      findings: [{ address: at, is: "check", node: "node-b", verdict: "TwoAnswer", macs: ["b", "a"] }],
    },
    "False TwoAnswer: node node-a (on interface eth0) answers for 192.0.2.7, but node-b asked the segment for 192.0.2.7 and heard more than one host (a and b); stop the one that is no node of the cluster",
  ],
  [
    "a foreign host beside us",
    {
      ...withAgent,
      findings: [{ address: at, is: "check", node: "node-b", verdict: "ForeignHost", macs: ["a"] }],
    },
    "False ForeignHost: node node-a (on interface eth0) answers for 192.0.2.7, but node-b asked the segment for 192.0.2.7 and heard only a, which is no node of the cluster; stop that host, or keep it off 192.0.2.7",
  ],
])("%s", (_what, scene, sentence) => {
  expect(said(scene)).toBe(sentence);
});

describe("of two addresses one may have nobody", () => {
  const dual = (finding: object): Scene => ({
    ...withAgent,
    addresses: ips("192.0.2.7", "2001:db8::7"),
    findingsOf: (address) =>
      address.family === "IPv6" ? [{ address, node: "node-b", ...finding } as SegmentFinding] : [],
  });

  test.each<readonly [object, string]>([
    [
      { is: "held", mac: "aa:bb:cc:dd:ee:01" },
      "False ForeignHolder: of 192.0.2.7 and 2001:db8::7 node node-a (on interface eth0) answers for 192.0.2.7 only: 2001:db8::7 is answered by aa:bb:cc:dd:ee:01 on the segment of node node-b, so no agent announces 2001:db8::7; it stays, because an agent announces the Service's other address; stop that host, or keep it off 2001:db8::7: an agent asks again, and announces when nobody answers",
    ],
    [
      { is: "unannounceable", because: "has no interface eth9" },
      "False NoInterface: of 192.0.2.7 and 2001:db8::7 node node-a (on interface eth0) answers for 192.0.2.7 only: node node-b has no interface eth9, so nothing answers for 2001:db8::7",
    ],
  ])("%j", (finding, sentence) => {
    expect(said(dual(finding))).toBe(sentence);
  });
});

test("what is not known is not guessed", () => {
  expect(said({ l2Statuses: undefined })).toBeUndefined();
  expect(said({ endpoints: undefined, nodes: [] })).toMatch(/^Unknown AwaitingAgent/);
  expect(said({ endpoints: [served] })).toMatch(/^Unknown AwaitingAgent/);
});

test("of a thousand nodes ten are named", () => {
  const nodes = Array.from({ length: 1_000 }, (_, index) => node(`node-${index}`, { conditions: isolated }));
  const sentence = said({ endpoints: [served], nodes }) ?? "";
  expect(sentence).toContain("and 990 more");
  expect(sentence.length).toBeLessThan(1_000);
});

describe("a look at the pods", () => {
  const pod = (name: string, labels: Record<string, string>, whyNotReady?: string) => ({
    name,
    labels,
    whyNotReady,
  });
  const base = said({ endpoints: [] }) ?? "";

  test("names those that were probably meant", () => {
    const pods = [pod("web-1", { "app.kubernetes.io/name": "web" }), pod("db-0", { app: "db" })];
    expect(said({ endpoints: [], pods })).toBe(
      `${base}; pod web-1 carries app.kubernetes.io/name=web, the Service selects app=web`,
    );
  });

  test("says of those that are meant why they are not ready", () => {
    const pods = ["1", "2", "3", "4"].map((number) => pod(`web-${number}`, { app: "web" }, "is Pending"));
    expect(said({ endpoints: [unserved], pods })).toBe(
      "False NoReadyEndpoint: no endpoint of the Service is ready, so nothing answers for 192.0.2.7; " +
        "pod web-1 is Pending, pod web-2 is Pending, pod web-3 is Pending, and 1 more",
    );
  });

  test("that finds nothing adds nothing", () => {
    expect(said({ endpoints: [], pods: [pod("db-0", { app: "db" })] })).toBe(base);
  });

  test("is wanted until it has told something, and what it told stands", () => {
    const asks = (scene: Scene) => {
      const facts = factsOf(scene);
      const verdict = announcedCondition(facts);
      return verdict && questionToPods(verdict, facts)?.isAnswered;
    };
    const told = said({ endpoints: [], pods: [pod("web-1", { "app.kubernetes.io/name": "web" })] }) ?? "";
    const condition = asCondition(told);
    expect(asks({ endpoints: [] })).toBe(false);
    expect(asks({ endpoints: [], service: serviceOf(key) })).toBeUndefined();
    expect(asks({ endpoints: [served] })).toBeUndefined();
    expect(said({ endpoints: [], said: condition })).toBe(told);
    expect(asks({ endpoints: [], said: condition })).toBe(true);
    // Another selector is another matter.
    const renamed: ServiceResource = serviceOf(key, { spec: { selector: { app: "web2" } } });
    expect(asks({ endpoints: [], said: condition, service: renamed })).toBe(false);
  });
});

function asCondition(sentence: string): Condition {
  const [, status = "", reason = "", message = ""] = /^(\w+) (\w+): (.*)$/s.exec(sentence) ?? [];
  return { type: "t", status: status as Condition["status"], reason, message, lastTransitionTime: "" };
}
