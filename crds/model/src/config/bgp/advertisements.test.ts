import { describe, expect, test } from "@jest/globals";
import { bgpAdvertisement, bgpPeer, build, pool, problemTexts } from "../testing/objects.ts";
import { type BuiltConfig } from "../types.ts";

const pools = [pool("blue", ["1.1.1.0/28"], { labels: { zone: "a" } }), pool("red", ["2001:db8::/120"])];
const old = { creationTimestamp: "2026-01-01T00:00:00Z" };
const young = { creationTimestamp: "2026-06-01T00:00:00Z" };
const peers = ["tor-1", "tor-2"].map((name, index) =>
  bgpPeer(name, { myASN: 1, peerASN: 2, peerAddress: `192.0.2.${index}` }),
);

/** Which advertisements announce each pool, such as `blue ad,other`. */
function attached({ config }: BuiltConfig): readonly string[] {
  return config.pools.map(({ name, bgpAdvertisements }) =>
    [name, bgpAdvertisements.map((ad) => ad.name).join()].join(" "),
  );
}

test("an advertisement that says nothing announces everything, one route per address", () => {
  const built = build({ pools, bgpAdvertisements: [bgpAdvertisement("ad")] });
  expect(built.problems).toEqual([]);
  expect(attached(built)).toEqual(["blue ad", "red ad"]);
  expect(built.config.pools[0]?.bgpAdvertisements).toEqual([
    {
      name: "ad",
      aggregationLength: 32,
      aggregationLengthV6: 128,
      localPref: 0,
      asPathPrepend: 0,
      communities: [],
      peers: [],
      nodeSelectors: [],
      serviceSelectors: [],
    },
  ]);
});

test("everything an advertisement can say", () => {
  const same = {
    aggregationLength: 28,
    aggregationLengthV6: 120,
    localPref: 200,
    asPathPrepend: 10,
    peers: ["tor-1"],
    nodeSelectors: [{ matchLabels: { rack: "a" } }],
  };
  const ipAddressPoolSelectors = [{ matchLabels: { zone: "a" } }];
  const spec = { ...same, communities: ["65000:1"], ipAddressPoolSelectors };
  const built = build({ pools, bgpPeers: peers, bgpAdvertisements: [bgpAdvertisement("ad", spec)] });
  expect(built.problems).toEqual([]);
  expect(attached(built)).toEqual(["blue ad", "red "]);
  expect(built.config.pools[0]?.bgpAdvertisements[0]).toMatchObject(same);
});

test("63 communities, and not one more", () => {
  const communities = (count: number) => Array.from({ length: count }, (_unused, index) => `65000:${index}`);
  const built = (count: number) =>
    build({ pools, bgpAdvertisements: [bgpAdvertisement("ad", { communities: communities(count) })] });
  expect(built(63).problems).toEqual([]);
  expect(problemTexts(built(64).problems)).toEqual([
    "wrong ad spec.communities: max supported communities is 63, got 64",
  ]);
});

test("what is not there (yet) is reported, and the rest is in force", () => {
  const spec = { ipAddressPools: ["pink", "blue"], peers: ["tor-1", "tor-9"] };
  const built = build({ pools, bgpPeers: peers, bgpAdvertisements: [bgpAdvertisement("ad", spec)] });
  expect(problemTexts(built.problems)).toEqual([
    'incomplete ad spec.ipAddressPools[0]: there is no pool "pink" in force',
    'incomplete ad spec.peers[1]: there is no BGPPeer "tor-9" in force',
  ]);
  expect(attached(built)).toEqual(["blue ad", "red "]);
});

describe("an advertisement with a fault is left out, and every fault is named", () => {
  const exclusive =
    "spec: serviceSelectors and aggregationLength are mutually exclusive, can only be used together with default aggregationLength (32) and aggregationLengthV6 (128)";
  const selected = { serviceSelectors: [{ matchLabels: { a: "b" } }] };
  const twice = (path: string) => `${path}[1]: duplicate selector: the same one stands earlier in the list`;
  const table: readonly (readonly [string, unknown, readonly string[]])[] = [
    ["no object", 5, ["spec: must be an object, not the number 5"]],
    [
      "bad aggregation length (too long)",
      { aggregationLength: 34 },
      ["spec.aggregationLength: must be a number from 1 to 32, not 34"],
    ],
    [
      "bad aggregation length (too long), IPv6",
      { aggregationLengthV6: 129 },
      ["spec.aggregationLengthV6: must be a number from 1 to 128, not 129"],
    ],
    [
      "no aggregation length at all (quirk 33)",
      { aggregationLengthV6: 0 },
      ["spec.aggregationLengthV6: must be a number from 1 to 128, not 0"],
    ],
    [
      "a negative local preference",
      { localPref: -1 },
      ["spec.localPref: must be a number from 0 to 2147483647, not -1"],
    ],
    [
      "prepended too often",
      { asPathPrepend: 11 },
      ["spec.asPathPrepend: must be a number from 1 to 10, not 11"],
    ],
    ["prepended never", { asPathPrepend: 0 }, ["spec.asPathPrepend: must be a number from 1 to 10, not 0"]],
    [
      "duplicate ip address pools - in BGP adv",
      { ipAddressPools: ["blue", "blue"] },
      ['spec.ipAddressPools[1]: duplicate entry "blue"'],
    ],
    [
      "duplicate peers - in BGP adv",
      { peers: ["tor-1", "tor-1"] },
      ['spec.peers[1]: duplicate entry "tor-1"'],
    ],
    [
      "duplicate community literal",
      { communities: ["1:1", "1:1"] },
      ['spec.communities[1]: duplicate entry "1:1"'],
    ],
    [
      "invalid community value",
      { communities: ["99999999:1"] },
      [
        'spec.communities[0]: invalid community value: invalid section "99999999" of community "99999999:1": not a number from 0 to 65535',
      ],
    ],
    ["use duplicate node selectors", { nodeSelectors: [{}, {}] }, [twice("spec.nodeSelectors")]],
    [
      "use duplicate pool selectors",
      { ipAddressPoolSelectors: [{}, {}] },
      [twice("spec.ipAddressPoolSelectors")],
    ],
    ["service selectors and aggregation", { ...selected, aggregationLength: 28 }, [exclusive]],
    ["service selectors and aggregation, IPv6", { ...selected, aggregationLengthV6: 120 }, [exclusive]],
  ];

  test.each(table)("%s", (_what, spec, problems) => {
    const built = build({
      pools,
      bgpPeers: peers,
      bgpAdvertisements: [bgpAdvertisement("ad", spec), bgpAdvertisement("ok")],
    });
    expect(problemTexts(built.problems)).toEqual(problems.map((problem) => `wrong ad ${problem}`));
    expect(attached(built)).toEqual(["blue ok", "red ok"]);
  });

  test("service selectors with the default lengths, said or not, are none", () => {
    const explicit = { ...selected, aggregationLength: 32, aggregationLengthV6: 128 };
    const bgpAdvertisements = [bgpAdvertisement("a", explicit), bgpAdvertisement("b", selected)];
    expect(build({ pools, bgpAdvertisements }).problems).toEqual([]);
  });
});

describe("routes must not reach beyond the pool", () => {
  test("bad aggregation length (incompatible with CIDR): this pool is not announced, others are", () => {
    const wide = pool("wide", ["10.0.0.0/24"]);
    const built = build({
      pools: [...pools, wide],
      bgpAdvertisements: [bgpAdvertisement("ad", { aggregationLength: 26 })],
    });
    expect(problemTexts(built.problems)).toEqual([
      'wrong ad spec.aggregationLength: invalid aggregation length 26: prefix 28 in this pool is more specific than the aggregation length for addresses 1.1.1.0/28 of pool "blue"',
    ]);
    expect(attached(built)).toEqual(["blue ", "red ad", "wide ad"]);
  });

  test.each([
    ["aggregation length by range", "3.3.3.2-3.3.3.254", 26, true],
    ["aggregation length by range, too wide", "3.3.3.2-3.3.3.254", 24, false],
    ["the CIDR itself", "3.3.3.0/26", 26, true],
    ["a family without addresses", "2001:db8::/64", 1, true],
  ])("%s", (_what, entry, aggregationLength, isFit) => {
    const built = build({
      pools: [pool("p", [entry])],
      bgpAdvertisements: [bgpAdvertisement("ad", { aggregationLength })],
    });
    expect(attached(built)).toEqual([isFit ? "p ad" : "p "]);
  });
});

describe("different local pref", () => {
  const dual = [pool("p", ["10.0.0.0/24", "2001:db8::/64"])];
  const v4 = [pool("p", ["10.0.0.0/24"])];
  const rack = (value: string) => [{ matchLabels: { rack: value } }];
  const table: readonly (readonly [string, typeof dual, object, object, boolean])[] = [
    ["for the same routes", v4, {}, {}, false],
    ["for another aggregation length", v4, { aggregationLength: 26 }, {}, true],
    ["for another length of one family of two", dual, { aggregationLength: 26 }, {}, false],
    [
      "for other lengths of both families",
      dual,
      { aggregationLength: 26, aggregationLengthV6: 96 },
      {},
      true,
    ],
    ["for other peers", v4, { peers: ["tor-1"] }, { peers: ["tor-2"] }, true],
    ["for a peer in common", v4, { peers: ["tor-1", "tor-2"] }, { peers: ["tor-2"] }, false],
    ["for one peer and for all", v4, { peers: ["tor-1"] }, {}, false],
    ["from other nodes", v4, { nodeSelectors: rack("a") }, { nodeSelectors: rack("b") }, true],
    ["from some nodes and from all", v4, { nodeSelectors: rack("a") }, {}, false],
    ["of selected Services", v4, { serviceSelectors: [{ matchLabels: { a: "b" } }] }, {}, true],
  ];

  test.each(table)("%s", (_what, own, first, second, isPossible) => {
    const bgpAdvertisements = [
      bgpAdvertisement("a", { ...first, localPref: 100 }),
      bgpAdvertisement("b", { ...second, localPref: 200 }),
    ];
    const built = build({ pools: own, bgpPeers: peers, bgpAdvertisements });
    expect(attached(built)).toEqual([isPossible ? "p a,b" : "p a"]);
  });

  test("the older one stays, and the other is told why", () => {
    const bgpAdvertisements = [
      bgpAdvertisement("a", { localPref: 100 }, young),
      bgpAdvertisement("b", { localPref: 200 }, old),
    ];
    const built = build({ pools: v4, bgpAdvertisements });
    expect(attached(built)).toEqual(["p b"]);
    expect(problemTexts(built.problems)).toEqual([
      'wrong a spec.localPref: invalid local preference 100: local preference 200 was already set for the same type of BGP announcement by BGPAdvertisement "b" for pool "p"',
    ]);
  });

  test("an edit that contradicts what is in force falls back, even of the older object", () => {
    const younger = bgpAdvertisement("b", { localPref: 200 }, young);
    const before = build({
      pools: v4,
      bgpAdvertisements: [bgpAdvertisement("a", { localPref: 200 }, old), younger],
    });
    const after = build(
      { pools: v4, bgpAdvertisements: [bgpAdvertisement("a", { localPref: 100 }, old), younger] },
      before.config,
    );
    expect(after.config.pools).toEqual(before.config.pools);
    expect(after.verdicts.map(({ object, inForce }) => `${object.name} ${inForce}`)).toContain("a earlier");
  });

  test("a new pool that brings two of them together takes neither away from the others", () => {
    const bgpAdvertisements = [
      bgpAdvertisement("a", { localPref: 100, ipAddressPools: ["p", "new"] }, young),
      bgpAdvertisement("b", { localPref: 200, ipAddressPools: ["q", "new"] }, old),
    ];
    const before = { pools: [pool("p", ["10.0.0.0/24"]), pool("q", ["10.0.1.0/24"])], bgpAdvertisements };
    const after = { ...before, pools: [...before.pools, pool("new", ["10.0.2.0/24"])] };
    const built = build(after, build(before).config);
    expect(attached(built)).toEqual(["new b", "p a", "q b"]);
    expect(problemTexts(built.problems)).toEqual([expect.stringContaining('for pool "new"')]);
  });
});
