import { describe, expect, test } from "@jest/globals";
import { type BgpAdvertisement, type BgpPeer } from "@steelyard/model/config";
import {
  type BgpReport,
  type Condition,
  EXCLUDE_NODE_LABEL,
  emptyBgpReport,
  projectNode,
} from "@steelyard/model/resources";
import { type AnnouncedScene, announcedFactsOf, saidOf } from "../../../testing/announced-facts.ts";
import { advertisementOf, ip, ips, poolOf } from "../../../testing/pools.ts";
import { l2StatusOf } from "../../../testing/services.ts";
import { type BgpAnnouncer, type EndpointSummary } from "../../../surroundings/index.ts";
import { announcedCondition } from "./announced-condition.ts";

const key = "shop/web";
const tor = bgpAdvertisement("tor");
const edge = poolOf("edge", ["192.0.2.0/24"], { bgpAdvertisements: [tor] });
const served: EndpointSummary = { service: key, nodes: ["node-a"], canServe: true, hasEndpoints: true };
const rack = { matchLabels: { rack: "1" } };
const has = (node: string, ...peers: string[]): BgpAnnouncer => ({ node, peers });
const fromA = [has("node-a", "tor-1")];

function bgpAdvertisement(name: string, parts: Partial<BgpAdvertisement> = {}): BgpAdvertisement {
  return {
    name,
    aggregationLength: 32,
    aggregationLengthV6: 128,
    localPref: 0,
    asPathPrepend: 0,
    communities: [],
    peers: [],
    nodeSelectors: [],
    serviceSelectors: [],
    ...parts,
  };
}

function node(name: string, labels: object = {}) {
  return projectNode({
    metadata: { name, labels },
    status: { conditions: [{ type: "Ready", status: "True" }] },
  });
}

function peer(name: string, nodeSelectors: BgpPeer["nodeSelectors"] = []): BgpPeer {
  const endpoint = { by: "interface", interface: name } as const;
  return { name, nodeSelectors, endpoint, port: 179 } as BgpPeer;
}

const down = (...names: string[]): BgpReport => ({
  ...emptyBgpReport,
  down: Object.fromEntries(
    names.map((name) => [name, { router: "192.0.2.250", because: "connection refused" }]),
  ),
});
const withheld = (...names: string[]): BgpReport => ({
  ...emptyBgpReport,
  withheld: Object.fromEntries(
    names.map((name) => [
      name,
      { router: "192.0.2.250", families: { IPv6: "the session does not carry IPv6" } },
    ]),
  ),
});

type Scene = Partial<AnnouncedScene>;

const usual = { pool: edge, nodes: [node("node-a")], peers: [peer("tor-1")], endpoints: [served] };
const factsOf = (scene: Scene) => announcedFactsOf({ ...usual, ...scene });
const said = (scene: Scene) => saidOf({ ...usual, ...scene });

const two = [node("node-a"), node("node-b")];
const twoPeers = [peer("tor-1"), peer("tor-2")];

describe("announced", () => {
  test.each<readonly [string, Scene, string]>([
    [
      "from one node to one router",
      { bgpAnnouncers: fromA },
      "True Bgp: 192.0.2.7 is announced by BGP from node-a to tor-1",
    ],
    [
      "from nodes to the same routers, and from another to others",
      { bgpAnnouncers: [has("b", "tor-1", "tor-2"), has("a", "tor-1", "tor-2"), has("c", "tor-3")] },
      "True Bgp: 192.0.2.7 is announced by BGP from a and b to tor-1 and tor-2, and from c to tor-3",
    ],
    [
      "where a session is down elsewhere",
      { bgpAnnouncers: fromA, nodes: two, reports: { "node-b": down("tor-1") } },
      "True Bgp: 192.0.2.7 is announced by BGP from node-a to tor-1; not everywhere: node-b has no session with tor-1 (192.0.2.250): connection refused",
    ],
    [
      "where the session is back, and the agent's report of it is still to come",
      { bgpAnnouncers: fromA, reports: { "node-a": down("tor-1") } },
      "True Bgp: 192.0.2.7 is announced by BGP from node-a to tor-1",
    ],
    [
      "where a router that is down was not to have it anyway",
      {
        bgpAnnouncers: fromA,
        peers: twoPeers,
        pool: { ...edge, bgpAdvertisements: [{ ...tor, peers: ["tor-1"] }] },
        reports: { "node-a": down("tor-2") },
      },
      "True Bgp: 192.0.2.7 is announced by BGP from node-a to tor-1",
    ],
    [
      "by nodes that are not Ready",
      { bgpAnnouncers: fromA, isNodeReady: () => false },
      "Unknown NodeNotReady: 192.0.2.7 is announced by BGP from node-a to tor-1 by the last report, but that node is not Ready, so nobody knows whether that is still true; make a node Ready that may announce it",
    ],
    [
      "by an agent that has crashed, and by one that runs",
      {
        bgpAnnouncers: [...fromA, has("node-b", "tor-1")],
        whyAgentStopped: ({ node: name }) => (name === "node-a" ? "is not ready" : undefined),
      },
      "True Bgp: 192.0.2.7 is announced by BGP from node-b to tor-1",
    ],
    [
      "by agents that have all crashed",
      {
        bgpAnnouncers: [{ ...has("node-a", "tor-1"), pod: "speaker-x" }, has("node-b", "tor-1")],
        whyAgentStopped: () => "is not ready (container speaker: CrashLoopBackOff)",
      },
      "Unknown AgentNotReady: 192.0.2.7 is announced by BGP from node-a and node-b to tor-1 by the last report, but the agent of node node-a does not run (its Pod speaker-x is not ready (container speaker: CrashLoopBackOff), and so with 1 more), so nobody knows whether that is still true; look at the log of that Pod",
    ],
    [
      "against an exclusion",
      {
        bgpAnnouncers: fromA,
        nodes: [node("node-a", { [EXCLUDE_NODE_LABEL]: "" })],
        findings: [{ address: ips("192.0.2.7")[0] as never, is: "suspended", node: "node-a" }],
      },
      `True ExclusionSuspended: 192.0.2.7 is announced by BGP from node-a to tor-1, although it should not: node-a carries the label ${EXCLUDE_NODE_LABEL}, but no other node that is Ready may announce it`,
    ],
  ])("%s", (_, scene, sentence) => {
    expect(said(scene)).toBe(sentence);
  });

  test("from a thousand nodes five are named", () => {
    const bgpAnnouncers = Array.from({ length: 1_000 }, (_, index) => has(`node-${index}`, "tor-1"));
    expect(said({ bgpAnnouncers })).toMatch(/from node-0 and .* and 995 more to tor-1$/);
  });
});

describe("announced by nobody", () => {
  const covers = "BGPAdvertisement tor covers 192.0.2.7, but no router is told of it:";

  test.each<readonly [string, Scene, string]>([
    [
      "no endpoint",
      { endpoints: [] },
      "False NoEndpoint: the Service has no selector and no EndpointSlice with an endpoint, so nothing answers for 192.0.2.7",
    ],
    [
      "no node",
      { pool: { ...edge, bgpAdvertisements: [{ ...tor, nodeSelectors: [rack] }] } },
      "False NoEligibleNode: no node may announce it: node-a is not selected by any advertisement of the Service, so nothing answers for 192.0.2.7; widen spec.nodeSelectors of BGPAdvertisement tor",
    ],
    [
      "two local preferences",
      {
        pool: {
          ...edge,
          bgpAdvertisements: [
            { ...tor, localPref: 100 },
            { ...tor, name: "wan", localPref: 200 },
          ],
        },
      },
      "False ConflictingAdvertisements: BGPAdvertisements tor and wan want the same route to 192.0.2.7 with the local preferences 100 and 200, so no agent announces it; give both the same spec.localPref, or each its own peers or nodes",
    ],
    [
      "no router at all",
      { peers: [] },
      `False NoBgpPeer: ${covers} there is no BGPPeer; create one: {apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: {name: router, namespace: metallb-system}, spec: {myASN: <your AS number>, peerASN: <the router's>, peerAddress: <its address>}}`,
    ],
    [
      "no router for the node",
      { peers: [peer("tor-1", [rack])] },
      `False NoBgpPeer: ${covers} no BGPPeer selects node-a; widen spec.nodeSelectors of BGPPeer tor-1`,
    ],
    [
      "a router that does not exist",
      { pool: { ...edge, bgpAdvertisements: [{ ...tor, peers: ["tor-9"] }] } },
      `False NoBgpPeer: ${covers} spec.peers names tor-9, and of the nodes that may announce it none speaks to that; the BGPPeers are tor-1`,
    ],
    [
      "a router that is refused",
      {
        peers: [],
        problems: [
          {
            kind: "wrong",
            object: { kind: "BGPPeer", namespace: "metallb-system", name: "tor-1" },
            path: "spec.peerAddress",
            message: "invalid BGPPeer address",
          },
        ],
      },
      `False NoBgpPeer: ${covers} there is no BGPPeer; create one: {apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: {name: router, namespace: metallb-system}, spec: {myASN: <your AS number>, peerASN: <the router's>, peerAddress: <its address>}}; BGPPeer tor-1 is refused: spec.peerAddress: invalid BGPPeer address`,
    ],
    [
      "every session is down",
      { nodes: two, reports: { "node-a": down("tor-1"), "node-b": down("tor-1") } },
      "False SessionDown: no router has a route to 192.0.2.7: node-a and node-b have no session with tor-1 (192.0.2.250): connection refused",
    ],
    [
      "some sessions are down, and of the others nothing is known yet",
      { nodes: two, reports: { "node-a": down("tor-1") } },
      "Unknown AwaitingAgent: BGPAdvertisement tor covers 192.0.2.7, and no agent has reported yet that a router has a route to it; it takes an agent on a Ready node that the advertisement selects, and a ready endpoint of the Service; so far node-a has no session with tor-1 (192.0.2.250): connection refused",
    ],
    [
      "the sessions carry another family",
      {
        addresses: ips("2001:db8::7"),
        pool: { ...edge, ...poolOf("edge", ["2001:db8::/120"]), bgpAdvertisements: [tor] },
        reports: { "node-a": withheld("tor-1") },
      },
      "False FamilyWithheld: no router has a route to 2001:db8::7: node-a has a session with tor-1 (192.0.2.250) without IPv6: the session does not carry IPv6",
    ],
    [
      "nothing in the way",
      {},
      "Unknown AwaitingAgent: BGPAdvertisement tor covers 192.0.2.7, and no agent has reported yet that a router has a route to it; it takes an agent on a Ready node that the advertisement selects, and a ready endpoint of the Service",
    ],
    [
      "an advertisement that does not fit the pool",
      {
        pool: poolOf("edge", ["192.0.2.0/24"]),
        problems: [
          {
            kind: "wrong",
            object: { kind: "BGPAdvertisement", namespace: "metallb-system", name: "tor" },
            path: "spec.aggregationLength",
            message: "invalid aggregation length 16",
          },
        ],
      },
      "False NoAdvertisement: 192.0.2.7 is in pool edge, but no L2Advertisement and no BGPAdvertisement selects that pool, so nothing answers for it; BGPAdvertisement tor is at fault: spec.aggregationLength: invalid aggregation length 16",
    ],
    [
      "no advertisement, where BGPPeers are configured: a BGPAdvertisement is wanted",
      { pool: poolOf("edge", ["192.0.2.0/24"]) },
      "False NoAdvertisement: 192.0.2.7 is in pool edge, but no L2Advertisement and no BGPAdvertisement selects that pool, so nothing answers for it; create one: {apiVersion: metallb.io/v1beta1, kind: BGPAdvertisement, metadata: {name: edge, namespace: metallb-system}, spec: {ipAddressPools: [edge]}}",
    ],
    [
      "the Service has other labels",
      { pool: { ...edge, bgpAdvertisements: [{ ...tor, serviceSelectors: [rack] }] } },
      "False NoAdvertisement: 192.0.2.7 is in pool edge, but of the BGPAdvertisements that select that pool none selects this Service, so nothing answers for it; BGPAdvertisement tor wants a Service with the labels rack=1",
    ],
  ])("%s", (_, scene, sentence) => {
    expect(said(scene)).toBe(sentence);
  });
});

describe("of two addresses one family is not told", () => {
  const dual = {
    addresses: ips("192.0.2.7", "2001:db8::7"),
    bgpAnnouncers: [has("node-a", "tor-1", "tor-2")],
    peers: twoPeers,
  };

  test("to any router", () => {
    expect(said({ ...dual, reports: { "node-a": withheld("tor-1", "tor-2") } })).toMatch(
      /^False FamilyWithheld: of 192\.0\.2\.7 and 2001:db8::7 only 192\.0\.2\.7 is announced by BGP from node-a to tor-1 and tor-2: node-a has a session with tor-1 /,
    );
  });

  test("to one of the routers, which is enough", () => {
    expect(said({ ...dual, reports: { "node-a": withheld("tor-1") } })).toMatch(/^True Bgp: /);
  });
});

describe("where each family has a session of its own", () => {
  const over = (name: string, address: string): BgpPeer => {
    return {
      ...peer(name),
      endpoint: { by: "address", address: ip(address) },
      dualStackAddressFamily: false,
    };
  };
  const peers = [over("tor-4", "192.0.2.250"), over("tor-6", "2001:db8::250")];
  const addresses = ips("192.0.2.7", "2001:db8::7");

  test.each<readonly [string, Scene, string]>([
    [
      "both are up",
      { addresses, bgpAnnouncers: [has("node-a", "tor-4", "tor-6")] },
      "True Bgp: 192.0.2.7 and 2001:db8::7 are announced by BGP from node-a to tor-4 and tor-6",
    ],
    [
      "one of them is down: half of the Service is dark",
      { addresses, bgpAnnouncers: [has("node-a", "tor-4")], reports: { "node-a": down("tor-6") } },
      "False SessionDown: of 192.0.2.7 and 2001:db8::7 only 192.0.2.7 is announced by BGP from node-a to tor-4: node-a has no session with tor-6 (192.0.2.250): connection refused",
    ],
    [
      "the other one is about to come up",
      { addresses, bgpAnnouncers: [has("node-a", "tor-4")] },
      "Unknown AwaitingAgent: of 192.0.2.7 and 2001:db8::7 only 192.0.2.7 is announced by BGP from node-a to tor-4 so far",
    ],
    [
      "the other one is down, which is nobody's business",
      { bgpAnnouncers: [has("node-a", "tor-4")], reports: { "node-a": down("tor-6") } },
      "True Bgp: 192.0.2.7 is announced by BGP from node-a to tor-4",
    ],
    [
      "the one that matters is down",
      {
        addresses: ips("2001:db8::7"),
        pool: { ...edge, ...poolOf("edge", ["2001:db8::/120"]), bgpAdvertisements: [tor] },
        reports: { "node-a": down("tor-6") },
      },
      "False SessionDown: no router has a route to 2001:db8::7: node-a has no session with tor-6 (192.0.2.250): connection refused",
    ],
    [
      "there is none for one of two addresses",
      { addresses, bgpAnnouncers: [has("node-a", "tor-4")], peers: peers.slice(0, 1) },
      "False FamilyWithheld: of 192.0.2.7 and 2001:db8::7 only 192.0.2.7 is announced by BGP from node-a to tor-4: no BGPPeer of these nodes is for IPv6 routes; set spec.dualStackAddressFamily of one, or create one with an IPv6 address",
    ],
    [
      "there is none for the address",
      { peers: peers.slice(1) },
      "False FamilyWithheld: no router has a route to 192.0.2.7: no BGPPeer of these nodes is for IPv4 routes; set spec.dualStackAddressFamily of one, or create one with an IPv4 address",
    ],
  ])("%s", (_, scene, sentence) => {
    expect(said({ peers, ...scene })).toBe(sentence);
  });
});

describe("with layer 2 beside it", () => {
  const lan = advertisementOf("lan");
  const pool = { ...edge, l2Advertisements: [lan] };
  const answers = [l2StatusOf(key, "node-a", ["eth0"])];
  const layer2 = "node node-a (on interface eth0) answers for 192.0.2.7";

  test.each<readonly [string, Scene, string]>([
    [
      "both",
      { l2Statuses: answers, bgpAnnouncers: fromA },
      `True Layer2: ${layer2}; 192.0.2.7 is announced by BGP from node-a to tor-1`,
    ],
    [
      "layer 2 alone",
      { l2Statuses: answers, reports: { "node-a": down("tor-1") } },
      `True Layer2: ${layer2}; not by BGP: no router has a route to 192.0.2.7: node-a has no session with tor-1 (192.0.2.250): connection refused`,
    ],
    [
      "BGP alone",
      {
        bgpAnnouncers: fromA,
        findings: [
          {
            address: ips("192.0.2.7")[0] as never,
            is: "unannounceable",
            node: "node-a",
            because: "has no eth9",
          },
        ],
      },
      "True Bgp: 192.0.2.7 is announced by BGP from node-a to tor-1; not by layer 2: node node-a has no eth9, so nothing answers for 192.0.2.7",
    ],
    [
      "neither, for the same reason",
      { endpoints: [] },
      "False NoEndpoint: the Service has no selector and no EndpointSlice with an endpoint, so nothing answers for 192.0.2.7",
    ],
    [
      "neither: what is certain comes first",
      { reports: { "node-a": down("tor-1") } },
      "False SessionDown: no router has a route to 192.0.2.7: node-a has no session with tor-1 (192.0.2.250): connection refused; by layer 2: L2Advertisement lan covers 192.0.2.7, and no agent has reported yet that it answers; it takes an agent on a Ready node that the advertisement selects, and a ready endpoint of the Service",
    ],
    [
      "what agents report of BGP cannot be read",
      { l2Statuses: answers, bgpAnnouncers: undefined },
      `True Layer2: ${layer2}`,
    ],
  ])("%s", (_, scene, sentence) => {
    expect(said({ pool, ...scene })).toBe(sentence);
  });
});

describe("what is not known is not guessed", () => {
  const condition = (reason: string, message: string): Condition => {
    return { type: "t", status: "True", reason, message, lastTransitionTime: "" };
  };
  const before = condition("Bgp", "192.0.2.7 is announced by BGP from node-a to tor-1");

  test("before the agents' reports have come in", () => {
    expect(said({ bgpAnnouncers: undefined })).toBeUndefined();
  });

  test("by a new leader who does not know the kinds of BGP yet", () => {
    const unknowing = { knowsBgp: false, pool: { ...edge, bgpAdvertisements: [] }, said: before };
    expect(said(unknowing)).toBeUndefined();
    expect(
      said({ ...unknowing, said: condition("Layer2", "node a answers; 192.0.2.7 is announced by BGP") }),
    ).toBeUndefined();
    expect(said({ ...unknowing, said: undefined })).toMatch(/^False NoAdvertisement/);
    expect(said({ ...unknowing, knowsBgp: true })).toMatch(/^False NoAdvertisement/);
  });

  test("which nodes there are", () => {
    const facts = factsOf({ reports: { "node-a": down("tor-1") } });
    const verdict = announcedCondition({ ...facts, standings: () => undefined, nodes: () => undefined });
    expect(verdict?.reason).toBe("AwaitingAgent");
    const half = { peers: [], addresses: ips("192.0.2.7", "2001:db8::7"), bgpAnnouncers: fromA };
    const dual = factsOf({ ...half, reports: { "node-a": withheld("tor-1") } });
    expect(announcedCondition({ ...dual, standings: () => undefined, nodes: () => undefined })).toMatchObject(
      {
        reason: "AwaitingAgent",
        message:
          "of 192.0.2.7 and 2001:db8::7 only 192.0.2.7 is announced by BGP from node-a to tor-1 so far",
      },
    );
  });
});
