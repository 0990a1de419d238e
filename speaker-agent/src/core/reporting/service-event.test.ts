import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { planServiceEvents } from "./service-event.ts";
import { type Standing, type Standings } from "./standing.ts";

function web(announced: string[], failed: Record<string, string> = {}, uid = "u1"): Standings {
  const standing: Standing = {
    service: { namespace: "default", name: "web", uid },
    announced: announced.map((text) => ({ address: ip(text), interfaces: ["eth0"] })),
    failed: Object.entries(failed).map(([text, because]) => ({ address: ip(text), because })),
    held: [],
    defended: [],
    suspended: undefined,
  };
  return new Map([["default/web", standing]]);
}

const none: Standings = new Map();
const assigned = {
  type: "Normal",
  reason: "nodeAssigned",
  message: 'announcing from node "node-a" with protocol "layer2"',
  service: { namespace: "default", name: "web", uid: "u1" },
};
const failure = {
  type: "Warning",
  reason: "announceFailed",
  message: 'node "node-a" cannot announce 192.0.2.1: eth9 does not exist',
  service: { namespace: "default", name: "web", uid: "u1" },
};

describe("planServiceEvents", () => {
  test.each([
    ["the first announcement", none, web(["192.0.2.1"]), [assigned]],
    ["both families at once are one announcement", none, web(["192.0.2.1", "2001:db8::1"]), [assigned]],
    ["another address", web(["192.0.2.1"]), web(["192.0.2.2"]), [assigned]],
    ["one more address", web(["192.0.2.1"]), web(["192.0.2.1", "2001:db8::1"]), [assigned]],
    ["nothing changed", web(["192.0.2.1"]), web(["192.0.2.1"]), []],
    ["one address less", web(["192.0.2.1", "2001:db8::1"]), web(["192.0.2.1"]), []],
    ["withdrawn", web(["192.0.2.1"]), none, []],
    ["a new Service of the same name", web(["192.0.2.1"], {}, "u0"), web(["192.0.2.1"]), [assigned]],
    ["no interface", none, web([], { "192.0.2.1": "eth9 does not exist" }), [failure]],
    [
      "still no interface",
      web([], { "192.0.2.1": "eth9 does not exist" }),
      web([], { "192.0.2.1": "eth9 does not exist" }),
      [],
    ],
    [
      "no interface for another reason",
      web([], { "192.0.2.1": "x" }),
      web([], { "192.0.2.1": "eth9 does not exist" }),
      [failure],
    ],
    ["the interface came", web([], { "192.0.2.1": "eth9 does not exist" }), web(["192.0.2.1"]), [assigned]],
  ])("%s", (_name, before, now, expected) => {
    expect(planServiceEvents(before, now, "node-a")).toEqual(expected);
  });

  const standing = { ...web([]).get("default/web"), ...{} } as Standing;
  const of = (changes: Partial<Standing>): Standings =>
    new Map([["default/web", { ...standing, ...changes }]]);
  const stranger = (mac: string) => [{ address: ip("192.0.2.1"), mac }];

  test.each([
    [
      "somebody holds it",
      of({ held: stranger("02:00:00:00:00:99") }),
      "AddressHeldByForeignHost",
      'node "node-a" does not announce 192.0.2.1: the host with MAC 02:00:00:00:00:99 answers for it',
    ],
    [
      "somebody claims it",
      of({ defended: stranger("02:00:00:00:00:99") }),
      "AddressConflict",
      'the host with MAC 02:00:00:00:00:99 claims 192.0.2.1, which node "node-a" announces and has defended',
    ],
    [
      "it is announced against a rule",
      of({ suspended: "node-a is excluded" }),
      "ExclusionSuspended",
      'announced from node "node-a" against a rule: node-a is excluded',
    ],
  ])("%s: said once", (_name, now, reason, message) => {
    const warning = { type: "Warning", reason, message, service: standing.service };
    expect(planServiceEvents(none, now, "node-a")).toEqual([warning]);
    expect(planServiceEvents(now, now, "node-a")).toEqual([]);
  });

  test("another stranger is news", () => {
    const [before, now] = ["02:00:00:00:00:99", "02:00:00:00:00:98"].map((mac) =>
      of({ held: stranger(mac) }),
    );
    expect(planServiceEvents(before ?? none, now ?? none, "node-a")).toHaveLength(1);
  });
});
