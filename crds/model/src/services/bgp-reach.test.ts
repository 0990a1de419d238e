import { describe, expect, test } from "@jest/globals";
import { type BgpAdvertisement, type BgpPeer } from "../config/index.ts";
import { projectNode } from "../resources/index.ts";
import { bgpPeersToTell, conflictingAdvertisements, duplicatePeersOf } from "./bgp-reach.ts";

const edge = { matchLabels: { tier: "edge" } };
const node = (labels: object = {}) => projectNode({ metadata: { name: "node-a", labels } });

function advertisement(name: string, parts: Partial<BgpAdvertisement> = {}): BgpAdvertisement {
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

function peer(name: string, nodeSelectors: BgpPeer["nodeSelectors"] = []): BgpPeer {
  const endpoint = { by: "interface", interface: name } as const;
  return { name, nodeSelectors, endpoint, port: 179 } as BgpPeer;
}

describe("to whom a node announces", () => {
  const peers = [peer("tor-1"), peer("tor-2"), peer("edge-router", [edge])];

  test.each<[string, object, BgpAdvertisement[], string[]]>([
    ["all routers of the node, without a list", {}, [advertisement("a")], ["tor-1", "tor-2"]],
    [
      "also those that only take nodes with its label",
      { tier: "edge" },
      [advertisement("a")],
      ["tor-1", "tor-2", "edge-router"],
    ],
    [
      "those of the list, existing or not",
      {},
      [advertisement("a", { peers: ["tor-2", "tor-9"] })],
      ["tor-2"],
    ],
    [
      "those of all lists",
      {},
      [advertisement("a", { peers: ["tor-2"] }), advertisement("b", { peers: ["tor-1"] })],
      ["tor-1", "tor-2"],
    ],
    [
      "nobody, when no advertisement covers the node",
      {},
      [advertisement("a", { nodeSelectors: [edge] })],
      [],
    ],
    [
      "not those of an advertisement for other nodes",
      {},
      [advertisement("a", { nodeSelectors: [edge] }), advertisement("b", { peers: ["tor-1"] })],
      ["tor-1"],
    ],
  ])("%s", (_, labels, advertisements, names) => {
    expect(bgpPeersToTell(node(labels), advertisements, peers).map(({ name }) => name)).toEqual(names);
  });
});

test("of two peers that a node's labels make one session the first one counts, and the other one is at fault", () => {
  const endpoint = { by: "interface", interface: "eth1" } as const;
  const [first, second] = [
    { ...peer("a", [edge]), endpoint },
    { ...peer("b", [{ matchLabels: { rack: "1" } }]), endpoint },
  ];
  const namesOn = (labels: object) =>
    bgpPeersToTell(node(labels), [advertisement("ad")], [first, second]).map(({ name }) => name);
  expect([namesOn({ tier: "edge" }), namesOn({ rack: "1" })]).toEqual([["a"], ["b"]]);
  expect(namesOn({ tier: "edge", rack: "1" })).toEqual(["a"]);
  expect(duplicatePeersOf(node({ rack: "1" }), [first, second], "metallb-system")).toEqual([]);
  expect(duplicatePeersOf(node({ tier: "edge", rack: "1" }), [first, second], "metallb-system")).toEqual([
    expect.objectContaining({
      kind: "wrong",
      object: { kind: "BGPPeer", namespace: "metallb-system", name: "b" },
      path: "spec.interface",
      message: expect.stringContaining("already exists") as unknown,
    }),
  ]);
});

// Reference metallb.md, section 5.1: the vectors of MetalLB's own test.
describe("advertisements with local preferences 100 and 200", () => {
  const low = advertisement("low", { localPref: 100 });
  const high = advertisement("high", { localPref: 200 });

  test.each<[string, BgpAdvertisement[], boolean]>([
    ["contradict each other", [low, high], true],
    ["do not with the same one", [low, { ...high, localPref: 100 }], false],
    [
      "do not for routers that are others",
      [
        { ...low, peers: ["a"] },
        { ...high, peers: ["b"] },
      ],
      false,
    ],
    [
      "do for a router in common",
      [
        { ...low, peers: ["a", "c"] },
        { ...high, peers: ["b", "c"] },
      ],
      true,
    ],
    ["do when one is for all routers", [{ ...low, peers: ["a"] }, high], true],
    ["do not for routes of another length", [low, { ...high, aggregationLength: 24 }], false],
    ["do not alone", [low], false],
    ["do not when there is none", [], false],
  ])("%s", (_, advertisements, isConflict) => {
    expect(conflictingAdvertisements(advertisements, ["IPv4"]) !== undefined).toBe(isConflict);
  });

  test("do not for a family that the Service has no address of", () => {
    expect(conflictingAdvertisements([low, { ...high, aggregationLength: 24 }], ["IPv6"])).toBeDefined();
    expect(conflictingAdvertisements([low, { ...high, aggregationLengthV6: 64 }], ["IPv6"])).toBeUndefined();
  });
});
