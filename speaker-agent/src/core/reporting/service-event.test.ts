import { describe, expect, test } from "@jest/globals";
import { ip } from "../wire/testing/ip.ts";
import { planServiceEvents } from "./service-event.ts";
import { type Standing, type Standings } from "./standing.ts";

function web(announced: string[], failed: Record<string, string> = {}, uid = "u1"): Standings {
  const standing: Standing = {
    service: { namespace: "default", name: "web", uid },
    announced: announced.map((text) => ({ address: ip(text), interfaces: ["eth0"] })),
    failed: Object.entries(failed).map(([text, because]) => ({ address: ip(text), because })),
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
});
