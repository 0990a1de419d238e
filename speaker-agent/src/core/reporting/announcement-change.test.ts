import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { type BgpVerdict } from "../desired/bgp/types.ts";
import { type Decision, type ServiceVerdict } from "../desired/types.ts";
import { announcementChanges, bgpReasons, layer2Reasons } from "./announcement-change.ts";
import { type Standings } from "./standing.ts";

const service = { namespace: "default", name: "web", uid: "u1" };
const none: Standings = new Map();

function web(ips: string[], fault?: string): Standings {
  const announced = ips.map((text) => ({ address: ip(text), interfaces: ["eth1", "eth0"] }));
  const failed = fault === undefined ? [] : [{ address: ip("192.0.2.1"), because: fault }];
  return new Map([
    ["default/web", { service, announced, failed, held: [], defended: [], suspended: undefined }],
  ]);
}

function verdict(decision: Decision): ServiceVerdict {
  return { service, addresses: [], interfaces: [], candidates: [], suspended: [], decision };
}

const announced = (...ips: string[]) => ({
  event: "serviceAnnounced",
  service: "default/web",
  ips,
  interfaces: ["eth0", "eth1"],
});
const withdrawn = (reason: string, ...ips: string[]) => ({
  event: "serviceWithdrawn",
  service: "default/web",
  ips,
  reason,
});

test.each<[string, Standings, Standings, ServiceVerdict[], unknown[]]>([
  ["nothing", none, none, [], []],
  ["the same", web(["192.0.2.1"]), web(["192.0.2.1"]), [], []],
  ["announced", none, web(["192.0.2.1", "2001:db8::1"]), [], [announced("192.0.2.1", "2001:db8::1")]],
  [
    "another address",
    web(["192.0.2.1"]),
    web(["192.0.2.2"]),
    [verdict({ kind: "candidate", because: "first" })],
    [withdrawn("no interface can announce it", "192.0.2.1"), announced("192.0.2.2")],
  ],
  [
    "withdrawn with the verdict's reason",
    web(["192.0.2.1"]),
    none,
    [verdict({ kind: "withdraw", reason: "notOwner", because: "node b is first in the ranking" })],
    [withdrawn("notOwner: node b is first in the ranking", "192.0.2.1")],
  ],
  [
    "deleted",
    web(["192.0.2.1"]),
    none,
    [],
    [withdrawn("serviceDeleted: it is gone, or no longer ours", "192.0.2.1")],
  ],
  [
    "no interface, said once",
    none,
    web([], "eth9 does not exist"),
    [],
    [{ event: "announceFailed", service: "default/web", ips: ["192.0.2.1"], reason: "eth9 does not exist" }],
  ],
  ["no interface, as before", web([], "eth9 does not exist"), web([], "eth9 does not exist"), [], []],
])("announcementChanges: %s", (_name, before, now, verdicts, expected) => {
  expect(announcementChanges(before, now, layer2Reasons(verdicts))).toEqual(expected);
});

test("an address that another node has now is withdrawn with its name", () => {
  const verdicts = [
    { ...verdict({ kind: "candidate", because: "one of 2 nodes that may" }), addresses: [ip("192.0.2.1")] },
  ];
  const owners = new Map([["192.0.2.1", "node-b"]]);
  expect(announcementChanges(web(["192.0.2.1"]), none, layer2Reasons(verdicts, owners))).toEqual([
    withdrawn("notOwner: node node-b has it now", "192.0.2.1"),
  ]);
});

describe("by BGP", () => {
  const standing = (ips: readonly string[], peers: readonly string[]): Standings => {
    const announced = ips.map((text) => ({ address: ip(text), interfaces: [], peers }));
    return new Map([
      ["default/web", { service, announced, failed: [], held: [], defended: [], suspended: undefined }],
    ]);
  };
  const decided = (decision: BgpVerdict["decision"]): ReadonlyMap<string, string> => {
    return bgpReasons([{ service, addresses: [], prefixes: [], suspended: [], decision }]);
  };

  test("an announcement names the routers that have it", () => {
    expect(announcementChanges(none, standing(["192.0.2.1"], ["tor-2", "tor-1"]), new Map())).toEqual([
      {
        event: "serviceAnnounced",
        service: "default/web",
        ips: ["192.0.2.1"],
        peers: ["tor-1", "tor-2"],
      },
    ]);
  });

  test.each<[BgpVerdict["decision"], string]>([
    [
      { kind: "withdraw", reason: "noEndpoints", because: "no endpoint of the Service can serve" },
      "noEndpoints: no endpoint of the Service can serve",
    ],
    [{ kind: "advertise", because: "" }, "no BGPPeer of this node is to have it"],
  ])("%j", (decision, reason) => {
    expect(announcementChanges(standing(["192.0.2.1"], ["tor-1"]), none, decided(decision))).toEqual([
      withdrawn(reason, "192.0.2.1"),
    ]);
  });
});
