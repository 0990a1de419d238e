import { describe, expect, test } from "@jest/globals";
import { type BfdProfile, type BgpPeer } from "@steelyard/model/config";
import { ip } from "../../core/wire/testing/ip.ts";
import { type HostInterface } from "../../ports/router-watch.ts";
import { type PeerSurroundings, planPeer } from "./peer-plan.ts";
import { bgpPeer } from "./testing/bgp-peer.ts";

const eth0: HostInterface = {
  name: "eth0",
  running: true,
  addresses: [{ address: ip("192.0.2.10"), prefixLength: 24 }],
};

const profile: BfdProfile = {
  name: "fast",
  receiveIntervalMs: 50,
  transmitIntervalMs: 50,
  detectMultiplier: 3,
  echoIntervalMs: 50,
  echoMode: false,
  passiveMode: false,
  minimumTtl: 254,
};

function plan(peer: Partial<BgpPeer>, around: Partial<PeerSurroundings> = {}) {
  return planPeer(bgpPeer(peer), {
    password: { kind: "none" },
    interfaces: [eth0],
    routerOn: () => undefined,
    ...around,
  });
}

const onEth0 = { endpoint: { by: "interface", interface: "eth0" } } as const;

test("a peer of another AS", () => {
  expect(plan({})).toEqual({
    name: "tor",
    router: "192.0.2.1",
    endpoint: "192.0.2.1:179",
    vrf: undefined,
    config: {
      localAsn: 65_000,
      peerAsn: 65_010,
      routerId: undefined,
      holdTimeSeconds: 90,
      keepalive: undefined,
      connectRetry: undefined,
      families: ["IPv4"],
      extendedNextHop: false,
      gracefulRestart: undefined,
      passive: false,
      transport: "192.0.2.1 port 179",
      port: 179,
    },
    dial: {
      remote: { address: ip("192.0.2.1"), port: 179 },
      interface: undefined,
      source: undefined,
      device: undefined,
      password: undefined,
      hops: { kind: "hops", hops: 1 },
    },
    obstacle: undefined,
    bfd: undefined,
  });
});

describe("the session", () => {
  test("localASN is shown in place of myASN, and decides which routers are of our AS", () => {
    const { config, dial } = plan({ localAsn: 65_010 });
    expect(config.localAsn).toBe(65_010);
    expect(dial?.hops).toEqual({ kind: "hops", hops: 64 });
  });

  test.each<[Partial<BgpPeer>, object]>([
    [
      { endpoint: { by: "address", address: ip("2001:db8::1") } },
      { families: ["IPv6"], extendedNextHop: false },
    ],
    [{ dualStackAddressFamily: true }, { families: ["IPv4", "IPv6"], extendedNextHop: false }],
    [onEth0, { families: ["IPv4", "IPv6"], extendedNextHop: true }],
    [
      { endpoint: { by: "address", address: ip("2001:db8::1") }, dualStackAddressFamily: true },
      { families: ["IPv4", "IPv6"], extendedNextHop: true },
    ],
    [{ gracefulRestart: true }, { gracefulRestart: { restartTimeSeconds: 120 } }],
    [{ timers: { holdTimeSeconds: 9, keepaliveMs: 2000 } }, { holdTimeSeconds: 9, keepalive: 2000 }],
    [
      { connectTimeSeconds: 7, routerId: ip("10.0.0.1") },
      { connectRetry: 7000, routerId: 0x0a00_0001 },
    ],
  ])("%j", (peer, config) => {
    expect(plan(peer).config).toMatchObject(config);
  });

  test("a password, or how far packets go, is no part of the transport", () => {
    const { config } = plan({});
    const changed = plan({ ebgpMultiHop: true }, { password: { kind: "known", text: "secret" } });
    expect(changed.config).toEqual(config);
    expect(changed.dial).toMatchObject({ password: "secret", hops: { kind: "hops", hops: 64 } });
    expect(plan({ port: 1790 }).config.transport).not.toBe(config.transport);
    expect(plan({ vrf: "red" }).config.transport).not.toBe(config.transport);
    expect(plan({ sourceAddress: ip("192.0.2.10") }).config.transport).not.toBe(config.transport);
  });
});

describe("what is in the way", () => {
  test.each<[Partial<BgpPeer>, Partial<PeerSurroundings>, string]>([
    [{ vrf: "red" }, {}, "refused: this node has no VRF device red"],
    [{ endpoint: { by: "interface", interface: "eth9" } }, {}, "refused: this node has no interface eth9"],
    [{ sourceAddress: ip("192.0.2.99") }, {}, "refused: its source address 192.0.2.99 is not on this node"],
    [onEth0, {}, "waiting: no router has made itself known on eth0 yet"],
    [{}, { interfaces: undefined }, "waiting: the interfaces of this node are not known yet"],
    [{}, { password: { kind: "missing", because: "no Secret" } }, "refused: no Secret"],
    [{}, { password: { kind: "unread", because: "not read" } }, "waiting: not read"],
    [
      {},
      { password: { kind: "known", text: "ä".repeat(41) } },
      "refused: its password is longer than the 80 bytes that TCP MD5 allows",
    ],
  ])("%j %j", (peer, around, sentence) => {
    const { obstacle } = plan(peer, around);
    expect(`${obstacle?.kind}: ${obstacle?.because}`).toBe(sentence);
  });

  test("where nobody knows the interfaces, nothing is held against a peer that needs none of them", () => {
    expect(plan({}, { interfaces: [] }).obstacle).toBeUndefined();
  });
});

test("an unnumbered peer is dialled where the router was found", () => {
  const { dial, router, endpoint, obstacle } = plan(onEth0, { routerOn: () => ip("fe80::1") });
  expect(obstacle).toBeUndefined();
  expect([router, endpoint]).toEqual(["interface eth0", "[fe80::1]:179"]);
  expect(dial).toMatchObject({ remote: { address: ip("fe80::1"), port: 179 }, interface: "eth0" });
});

describe("BFD", () => {
  test.each<[Partial<BgpPeer>, string, boolean]>([
    [{}, "192.0.2.1", false],
    [{ ebgpMultiHop: true }, "192.0.2.1 multihop", true],
    [{ peerAsn: "internal" }, "192.0.2.1", false],
    [
      { peerAsn: "internal", endpoint: { by: "address", address: ip("198.51.100.1") } },
      "198.51.100.1 multihop",
      true,
    ],
    [{ vrf: "red", sourceAddress: ip("192.0.2.10") }, "192.0.2.1 from 192.0.2.10 vrf red", false],
    [onEth0, "fe80::1 interface eth0", false],
  ])("%j", (peer, key, multiHop) => {
    const { bfd } = plan({ ...peer, bfd: profile }, { routerOn: () => ip("fe80::1") });
    expect(bfd).toMatchObject({ key, multiHop, profile });
  });
});
