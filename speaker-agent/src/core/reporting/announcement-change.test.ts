import { expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { type Decision, type ServiceVerdict } from "../desired/types.ts";
import { announcementChanges } from "./announcement-change.ts";
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
  expect(announcementChanges(before, now, verdicts)).toEqual(expected);
});

test("an address that another node has now is withdrawn with its name", () => {
  const verdicts = [
    { ...verdict({ kind: "candidate", because: "one of 2 nodes that may" }), addresses: [ip("192.0.2.1")] },
  ];
  const owners = new Map([["192.0.2.1", "node-b"]]);
  expect(announcementChanges(web(["192.0.2.1"]), none, verdicts, owners)).toEqual([
    withdrawn("notOwner: node node-b has it now", "192.0.2.1"),
  ]);
});
