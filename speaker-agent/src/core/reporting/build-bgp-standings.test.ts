import { describe, expect, test } from "@jest/globals";
import { formatIpAddress, ipPrefix } from "@steelyard/model/address";
import { type BgpVerdict } from "../desired/bgp/types.ts";
import { ip } from "../wire/testing/ip.ts";
import { advertisedSuspended, buildBgpStandings } from "./build-bgp-standings.ts";
import { planServiceEvents } from "./service-event.ts";
import { type Standings } from "./standing.ts";

const service = { namespace: "default", name: "web", uid: "u1" };
const none: Standings = new Map();

/** `routes`: by the text of a network address, its length and its peers. */
function verdict(addresses: readonly string[], routes: Record<string, [number, string[]]>): BgpVerdict {
  return {
    service,
    addresses: addresses.map(ip),
    prefixes: Object.entries(routes).map(([text, [length, peers]]) => ({
      prefix: ipPrefix(ip(text), length),
      peers,
    })),
    suspended: [],
    decision: { kind: "advertise", because: "" },
  };
}

function stand(verdicts: readonly BgpVerdict[], up: readonly string[], before: Standings = none) {
  return buildBgpStandings(before, verdicts, { carries: (peer) => up.includes(peer) });
}

function said(standings: Standings) {
  return [...standings].map(([key, { announced }]) => [
    key,
    Object.fromEntries(announced.map(({ address, peers }) => [formatIpAddress(address), peers])),
  ]);
}

const web = verdict(["192.0.2.1", "2001:db8::1"], {
  "192.0.2.0": [24, ["tor-1", "tor-2"]],
  "2001:db8::1": [128, ["tor-2"]],
});

describe("what is announced by BGP", () => {
  test("each address to the routers that have a route to it, aggregated or not", () => {
    expect(said(stand([web], ["tor-1", "tor-2"]))).toEqual([
      ["default/web", { "192.0.2.1": ["tor-1", "tor-2"], "2001:db8::1": ["tor-2"] }],
    ]);
    expect(said(stand([web], ["tor-1"]))).toEqual([["default/web", { "192.0.2.1": ["tor-1"] }]]);
  });

  test("nothing before a router has it", () => {
    expect(said(stand([web], []))).toEqual([]);
  });

  test("a session that is down ends nothing", () => {
    const up = stand([web], ["tor-1"]);
    expect(said(stand([web], [], up))).toEqual([["default/web", { "192.0.2.1": [] }]]);
  });

  test.each([
    ["the Service is gone", []],
    ["the verdict is another one", [verdict(["192.0.2.1"], {})]],
    ["the BGPPeer is gone", [verdict(["192.0.2.1"], { "192.0.2.1": [32, []] })]],
    ["it is a new Service of that name", [{ ...web, service: { ...service, uid: "u2" } }]],
  ])("it ends when %s", (_, verdicts) => {
    expect(said(stand(verdicts, [], stand([web], ["tor-1"])))).toEqual([]);
  });
});

test("the event has MetalLB's words, once", () => {
  const up = stand([web], ["tor-2"]);
  expect(planServiceEvents(none, up, "node-a", "bgp")).toEqual([
    {
      type: "Normal",
      reason: "nodeAssigned",
      message: 'announcing from node "node-a" with protocol "bgp"',
      service,
    },
  ]);
  const down = stand([web], [], up);
  expect(planServiceEvents(up, down, "node-a", "bgp")).toEqual([]);
  expect(planServiceEvents(down, stand([web], ["tor-1", "tor-2"], down), "node-a", "bgp")).toEqual([]);
});

test("who announces although an exclusion forbids it says so", () => {
  const excluded = { node: "node-a", reason: "exclude-label", because: "is excluded by a label" } as const;
  const [[, standing] = []] = [...stand([{ ...web, suspended: [excluded] }], ["tor-1"])];
  expect(standing?.suspended).toContain("node-a is excluded by a label");
  const against = { ...web, suspended: [excluded] };
  const addressesOf = (verdicts: readonly BgpVerdict[], up: boolean) =>
    advertisedSuspended(verdicts, { carries: () => up }).map(formatIpAddress);
  expect(addressesOf([web, against], true)).toEqual(["192.0.2.1", "2001:db8::1"]);
  expect([addressesOf([against], false), addressesOf([web], true)]).toEqual([[], []]);
});
