import { describe, expect, test } from "@jest/globals";
import { ipAddress } from "../../address/index.ts";
import { bfdProfile, bgpAdvertisement, bgpPeer, build, pool, problemTexts } from "../testing/objects.ts";
import { type BuiltConfig } from "../types.ts";

const minimal = { myASN: 64512, peerASN: 64513, peerAddress: "192.0.2.1" };
const router = { by: "address", address: ipAddress("IPv4", 0xc0000201n) };

function peerOf(spec: unknown) {
  const built = build({ bgpPeers: [bgpPeer("tor", spec)] });
  return { peer: built.config.bgpPeers[0], problems: problemTexts(built.problems) };
}

function names({ config }: BuiltConfig): readonly string[] {
  return config.bgpPeers.map(({ name }) => name);
}

describe("a good peer", () => {
  test("has the defaults in what it leaves out", () => {
    expect(peerOf(minimal)).toEqual({
      problems: [],
      peer: {
        name: "tor",
        myAsn: 64512,
        peerAsn: 64513,
        localAsn: undefined,
        endpoint: router,
        port: 179,
        sourceAddress: undefined,
        timers: undefined,
        connectTimeSeconds: undefined,
        routerId: undefined,
        nodeSelectors: [],
        password: undefined,
        bfd: undefined,
        gracefulRestart: false,
        ebgpMultiHop: false,
        ttlSecurity: undefined,
        vrf: undefined,
        dualStackAddressFamily: false,
      },
    });
  });

  test("may use everything that any of MetalLB's backends knows", () => {
    const spec = {
      myASN: 4200000001,
      dynamicASN: "external",
      localASN: 64600,
      interface: "eth1",
      peerPort: 1179,
      holdTime: "9s",
      keepaliveTime: "3s",
      connectTime: "10s",
      routerID: "10.0.0.7",
      nodeSelectors: [{ matchLabels: { rack: "a" } }],
      passwordSecret: { name: "tor-password", namespace: "ignored" },
      enableGracefulRestart: true,
      ebgpMultiHop: true,
      vrf: "red",
      dualStackAddressFamily: true,
      disableMP: true,
    };
    const { peer, problems } = peerOf(spec);
    expect(problems).toEqual([]);
    expect(peer).toMatchObject({
      peerAsn: "external",
      localAsn: 64600,
      endpoint: { by: "interface", interface: "eth1" },
      port: 1179,
      timers: { holdTimeSeconds: 9, keepaliveMs: 3000 },
      connectTimeSeconds: 10,
      routerId: ipAddress("IPv4", 0x0a000007n),
      password: { from: "secret", name: "tor-password" },
      gracefulRestart: true,
      ebgpMultiHop: true,
      vrf: "red",
      dualStackAddressFamily: true,
    });
  });

  test("of v1beta1 says the default port as 0, and the empty text for what is absent", () => {
    const older = { ...minimal, peerPort: 0, sourceAddress: "", routerID: "", password: "", bfdProfile: "" };
    expect(peerOf(older)).toEqual(peerOf(minimal));
  });
});

describe("timers (reference metallb.md, section 2.3)", () => {
  test.each([
    ["peer without holdtime and keepalive", {}, undefined],
    ["peer with holdtime only", { holdTime: "90s" }, { holdTimeSeconds: 90, keepaliveMs: 30_000 }],
    ["peer with keepalive only", { keepaliveTime: "10s" }, { holdTimeSeconds: 30, keepaliveMs: 10_000 }],
    ["both", { holdTime: "1m", keepaliveTime: "500ms" }, { holdTimeSeconds: 60, keepaliveMs: 500 }],
    [
      "peer with zero hold/keepalive timers",
      { holdTime: "0s", keepaliveTime: "0s" },
      { holdTimeSeconds: 0, keepaliveMs: 0 },
    ],
    ["a third that is no whole second", { holdTime: "10s" }, { holdTimeSeconds: 10, keepaliveMs: 3333 }],
    ["the shortest", { holdTime: "3s" }, { holdTimeSeconds: 3, keepaliveMs: 1000 }],
  ])("%s", (_what, timers, expected) => {
    expect(peerOf({ ...minimal, ...timers }).peer?.timers).toEqual(expected);
  });
});

describe("a peer with a fault is left out, and every fault is named", () => {
  const whole = "invalid duration";
  const table: readonly (readonly [string, object, readonly string[]])[] = [
    [
      "no spec",
      { myASN: undefined, peerASN: undefined, peerAddress: undefined },
      [
        "spec.myASN: missing local ASN",
        "spec.peerASN: missing peer ASN or dynamic ASN",
        "spec.peerAddress: invalid BGPPeer address: neither peerAddress nor interface is specified",
      ],
    ],
    ["invalid my-asn", { myASN: 0 }, ["spec.myASN: missing local ASN"]],
    ["invalid peer-asn", { peerASN: 0 }, ["spec.peerASN: missing peer ASN or dynamic ASN"]],
    ["peer without asn or dynamic asn", { peerASN: null }, ["spec.peerASN: missing peer ASN or dynamic ASN"]],
    [
      "peer with both asn and dynamic asn",
      { dynamicASN: "internal" },
      ["spec.dynamicASN: both peer ASN and dynamic ASN are specified: only one of them can be"],
    ],
    [
      "an unknown dynamic asn",
      { peerASN: 0, dynamicASN: "any" },
      ['spec.dynamicASN: invalid dynamic ASN "any": internal or external'],
    ],
    [
      "invalid ebgp-multihop",
      { peerASN: 64512, ebgpMultiHop: true },
      ["spec.ebgpMultiHop: invalid EBGP peer multihop: local and peer ASN are the same"],
    ],
    [
      "invalid peer-address",
      { peerAddress: "400.500.600.700" },
      [
        'spec.peerAddress: invalid BGPPeer address: "400.500.600.700" is not an IP address: a number is above 255',
      ],
    ],
    [
      "a link-local peer-address",
      { peerAddress: "fe80::1" },
      [
        "spec.peerAddress: invalid BGPPeer address: fe80::1 is link-local, which takes an interface: spec.interface says where the router is",
      ],
    ],
    [
      "a peer-address of many",
      { peerAddress: "224.0.0.5" },
      ["spec.peerAddress: invalid BGPPeer address: 224.0.0.5 is a multicast address"],
    ],
    [
      "a peer-address of nobody",
      { peerAddress: "::" },
      ["spec.peerAddress: invalid BGPPeer address: :: is no address of a router"],
    ],
    [
      "unnumbered peer with an address as well",
      { interface: "eth1" },
      ["spec.interface: both peerAddress and interface are specified: only one of them can be"],
    ],
    [
      "unnumbered peer without a possible interface",
      { peerAddress: "", interface: "a/b" },
      ['spec.interface: no interface can be called "a/b": it contains a slash, a colon or a space'],
    ],
    [
      "invalid RouterID",
      { routerID: "nope" },
      ['spec.routerID: invalid routerID: "nope" is not an IP address'],
    ],
    [
      "a router identifier of zeros",
      { routerID: "0.0.0.0" },
      ['spec.routerID: invalid routerID "0.0.0.0": must be IPv4 and not 0.0.0.0'],
    ],
    [
      "invalid source",
      { sourceAddress: "10.0.0" },
      ['spec.sourceAddress: invalid source address: "10.0.0" is not an IP address'],
    ],
    [
      "a source of the other family",
      { sourceAddress: "2001:db8::1" },
      ["spec.sourceAddress: invalid source address: the source is IPv6, the router IPv4"],
    ],
    [
      "invalid hold time (wrong format)",
      { holdTime: "foo" },
      [`spec.holdTime: ${whole} "foo": a number and a unit, such as 90s`],
    ],
    [
      "invalid hold time (too short)",
      { holdTime: "1s" },
      ['spec.holdTime: invalid hold time "1s": must be 0 or from 3 to 65535 seconds'],
    ],
    [
      "a hold time that no OPEN can carry",
      { holdTime: "65536s" },
      ['spec.holdTime: invalid hold time "65536s": must be 0 or from 3 to 65535 seconds'],
    ],
    [
      "invalid keepalivetime larger than holdtime",
      { holdTime: "90s", keepaliveTime: "180s" },
      ["spec.keepaliveTime: invalid keepaliveTime, must be lower than holdTime and not negative"],
    ],
    [
      "a connect time with a fraction",
      { connectTime: "1500ms" },
      ["spec.connectTime: connect time should contain a whole number of seconds"],
    ],
    [
      "a connect time of nothing",
      { connectTime: "0s" },
      ["spec.connectTime: connect time should be between 1 seconds to 65535"],
    ],
    ["a local AS of zero", { localASN: 0 }, ["spec.localASN: must be a number from 1 to 4294967295, not 0"]],
    ["a port too large", { peerPort: 16385 }, ["spec.peerPort: must be a number from 0 to 16384, not 16385"]],
    [
      "a VRF that cannot be",
      { vrf: "a very long name" },
      ['spec.vrf: no interface can be called "a very long name": the name is longer than 15 bytes'],
    ],
    [
      "BGP Peer with both password and secret ref set",
      { password: "a", passwordSecret: { name: "b" } },
      ["spec.passwordSecret: both password and passwordSecret are specified: only one of them can be"],
    ],
    [
      "a selector twice",
      { nodeSelectors: [{}, {}] },
      ["spec.nodeSelectors[1]: duplicate selector: the same one stands earlier in the list"],
    ],
    [
      "an invalid operator",
      { nodeSelectors: [{ matchExpressions: [{ key: "a", operator: "Surrounds" }] }] },
      ['spec.nodeSelectors[0]: matchExpressions[0]: "Surrounds" is not a valid label selector operator'],
    ],
  ];

  test.each(table)("%s", (_what, change, problems) => {
    const bgpPeers = [
      bgpPeer("tor", { ...minimal, ...change }),
      bgpPeer("other", { ...minimal, peerAddress: "192.0.2.9" }),
    ];
    const built = build({ bgpPeers });
    expect(problemTexts(built.problems)).toEqual(problems.map((problem) => `wrong tor ${problem}`));
    expect(names(built)).toEqual(["other"]);
  });

  test("an edit with a fault leaves the last good version in force", () => {
    const before = build({ bgpPeers: [bgpPeer("tor", minimal)] });
    const after = build({ bgpPeers: [bgpPeer("tor", { ...minimal, myASN: 0 })] }, before.config);
    expect(after.config.bgpPeers).toEqual(before.config.bgpPeers);
    expect(after.verdicts).toMatchObject([{ inForce: "earlier" }]);
  });
});

describe("steelyard.io/ttl-security (RFC 5082)", () => {
  const annotated = (value: string) => {
    const annotations = { "steelyard.io/ttl-security": value };
    return build({ bgpPeers: [bgpPeer("tor", minimal, { annotations })] });
  };

  test.each([
    ["1", 1],
    ["254", 254],
  ])("%s hops", (value, expected) => {
    const { config, problems } = annotated(value);
    expect(config.bgpPeers[0]?.ttlSecurity).toBe(expected);
    expect(problems).toEqual([]);
  });

  test.each(["0", "255", "", "-1", "1.5", "two"])("not %s, which is named and costs no session", (value) => {
    const { config, problems } = annotated(value);
    expect(config.bgpPeers).toMatchObject([{ name: "tor", ttlSecurity: undefined }]);
    expect(problemTexts(problems)).toEqual([
      `wrong tor metadata.annotations["steelyard.io/ttl-security"]: the annotation has no effect: must be a number of hops from 1 to 254, not ${JSON.stringify(value)}`,
    ]);
  });
});

describe("one session cannot be configured twice", () => {
  const rack = (...values: readonly string[]) => [
    { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values }] },
  ];

  const table: readonly (readonly [string, object, object, boolean])[] = [
    ["duplicate address", {}, {}, false],
    ["duplicate address different VRF", { vrf: "red" }, {}, true],
    ["duplicate address same VRF", { vrf: "red" }, { vrf: "red" }, false],
    ["another port", { peerPort: 1179 }, {}, true],
    ["another source", { sourceAddress: "192.0.2.7" }, {}, true],
    ["interface same", { peerAddress: "", interface: "eth0" }, { peerAddress: "", interface: "eth0" }, false],
    [
      "interface different",
      { peerAddress: "", interface: "eth0" },
      { peerAddress: "", interface: "eth1" },
      true,
    ],
    ["disjoint hostname selectors", { nodeSelectors: rack("a") }, { nodeSelectors: rack("b") }, true],
    [
      "overlapping hostname selectors",
      { nodeSelectors: rack("a", "b") },
      { nodeSelectors: rack("b", "c") },
      false,
    ],
    ["missing selector = all nodes", { nodeSelectors: rack("a") }, {}, false],
    [
      "labels of which only the nodes know",
      { nodeSelectors: rack("a") },
      { nodeSelectors: [{ matchLabels: { rack: "1" } }] },
      true,
    ],
    ["OR selectors", { nodeSelectors: [...rack("a"), ...rack("b")] }, { nodeSelectors: rack("b") }, false],
    [
      "routerid one different",
      { routerID: "10.0.0.1", peerAddress: "192.0.2.8" },
      { routerID: "10.0.0.2" },
      true,
    ],
    ["myAsn different", { myASN: 64600, peerAddress: "192.0.2.8" }, {}, true],
  ];

  test.each(table)("%s", (_what, first, second, isPossible) => {
    const bgpPeers = [bgpPeer("a", { ...minimal, ...first }), bgpPeer("b", { ...minimal, ...second })];
    expect(names(build({ bgpPeers }))).toEqual(isPossible ? ["a", "b"] : ["a"]);
  });

  test("the older one stays, and the other is told in MetalLB's words", () => {
    const bgpPeers = [
      bgpPeer("a", { ...minimal, vrf: "red" }, { creationTimestamp: "2026-06-01T00:00:00Z" }),
      bgpPeer("b", { ...minimal, vrf: "red" }, { creationTimestamp: "2026-01-01T00:00:00Z" }),
    ];
    const built = build({ bgpPeers });
    expect(names(built)).toEqual(["b"]);
    expect(built.problems).toMatchObject([
      {
        object: { name: "a" },
        path: "spec.peerAddress",
        message: 'peer 192.0.2.1-red already exists: BGPPeer "b" has the same session from the same nodes',
        summary:
          "peer 192.0.2.1-red already exists, FRR mode doesn't support duplicate BGPPeers selecting the same node",
      },
    ]);
  });
});

describe("Session with ipv6 and bfd echo mode", () => {
  const bgpPeers = [bgpPeer("tor", { ...minimal, bfdProfile: "echo" })];
  const bfdProfiles = [bfdProfile("echo", { echoMode: true })];
  const build6 = (addresses: readonly string[], peers?: readonly string[]) =>
    build({
      bgpPeers,
      bfdProfiles,
      pools: [pool("p", addresses)],
      bgpAdvertisements: [bgpAdvertisement("ad", { peers })],
    });

  test("is named, and the session does without echo packets", () => {
    const built = build6(["10.0.0.0/24", "2001:db8::/64"]);
    expect(problemTexts(built.problems)).toEqual([
      'wrong tor spec.bfdProfile: bfd echo mode of BFDProfile "echo" is not possible with IPv6, and pool "p" has IPv6 addresses: BFD does without echo',
    ]);
    expect(built.config.bgpPeers[0]?.bfd).toMatchObject({ name: "echo", echoMode: false });
  });

  test.each([
    ["the pool has IPv4 only", build6(["10.0.0.0/24"])],
    ["nothing of it is announced to this peer", build6(["2001:db8::/64"], ["another"])],
  ])("is none when %s", (_what, built) => {
    expect(built.config.bgpPeers[0]?.bfd?.echoMode).toBe(true);
    expect(built.problems.filter(({ kind }) => kind === "wrong")).toEqual([]);
  });
});
