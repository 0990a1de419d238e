import { describe, expect, test } from "@jest/globals";
import { type Instant } from "@steelyard/model/foundation";
import { type BgpSessionCounters } from "../machines/bgp-session/types.ts";
import { type Downtimes, lookAtBgp, type SeenBgpPeer } from "./bgp-sight.ts";

const zero: BgpSessionCounters = {
  opensSent: 0,
  opensReceived: 0,
  notificationsSent: 0,
  notificationsReceived: 0,
  updatesSent: 0,
  updatesReceived: 0,
  keepalivesSent: 0,
  keepalivesReceived: 0,
  routeRefreshesSent: 0,
  routeRefreshesReceived: 0,
  flaps: 0,
  dials: 0,
  treatedAsWithdraw: 0,
  attributesDiscarded: 0,
};

type Session = NonNullable<SeenBgpPeer["session"]>;

function peer(session: Partial<Session>, more: Partial<SeenBgpPeer> = {}): SeenBgpPeer {
  return {
    name: "tor-1",
    router: "192.0.2.1",
    refusal: undefined,
    session: { state: "connect", lastError: undefined, counters: zero, ...session },
    rib: { unsendable: [] },
    ...more,
  };
}

const look = (peers: readonly SeenBgpPeer[], seconds: number, before: Downtimes = new Map()) =>
  lookAtBgp(before, peers, { now: (seconds * 1000) as Instant, timestamp: `at ${seconds} s` });

describe("a session that does not come up", () => {
  const refused = peer({ lastError: "connection refused" });

  test("is no news for ten seconds", () => {
    const first = look([refused], 1);
    expect(first.report.down).toEqual({});
    expect(first.lookAgainAt).toBe(11_000);
    expect(look([refused], 10, first.downtimes).report.down).toEqual({});
  });

  test("is told of then, with the moment it began and the reason", () => {
    const { downtimes } = look([refused], 1);
    const later = look([peer({ state: "active", lastError: "connection refused" })], 11, downtimes);
    expect(later.report.down).toEqual({
      "tor-1": { router: "192.0.2.1", since: "at 1 s", because: "connection refused" },
    });
    expect(later.lookAgainAt).toBeUndefined();
  });

  test("begins anew when it was up in between", () => {
    const { downtimes } = look([refused], 1);
    const up = look([peer({ state: "established" })], 5, downtimes);
    expect(look([refused], 12, up.downtimes).report.down).toEqual({});
  });
});

describe("told of at once", () => {
  test.each([
    ["it was up before", peer({ counters: { ...zero, flaps: 1 } })],
    ["the router has said why", peer({ counters: { ...zero, notificationsReceived: 1 } })],
    ["this node has said why", peer({ counters: { ...zero, notificationsSent: 1 } })],
    ["nothing is attempted", peer({}, { refusal: "there is no Secret tor", session: undefined })],
  ])("%s", (_, seen) => {
    expect(Object.keys(look([seen], 1).report.down)).toEqual(["tor-1"]);
  });
});

test("a refusal says more than the last error of a session", () => {
  const seen = peer({ lastError: "it timed out" }, { refusal: "there is no Secret tor" });
  expect(look([seen], 1).report.down["tor-1"]?.because).toBe("there is no Secret tor");
});

test("families that an established session does not carry are told of, those of one that is down are not", () => {
  const rib = { unsendable: [{ family: "IPv6" as const, routes: 3, because: "has no IPv6 next hop" }] };
  const up = peer({ state: "established" }, { rib });
  expect(look([up], 1).report).toEqual({
    down: {},
    withheld: { "tor-1": { router: "192.0.2.1", families: { IPv6: "has no IPv6 next hop" } } },
  });
  expect(look([peer({}, { rib })], 1).report.withheld).toEqual({});
});
