import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { formatIpRange, type IpRange } from "../address/index.ts";
import { type ConfigSnapshot } from "./snapshot.ts";
import {
  advertisement,
  bfdProfile,
  bgpAdvertisement,
  bgpPeer,
  build,
  community,
  judged,
  namespace,
  pool,
} from "./testing/objects.ts";
import { CONFIG_KINDS } from "./kinds.ts";
import { type BuiltConfig, type Config, type Pool } from "./types.ts";

const names = ["a", "b", "c", "d", "e"] as const;

/** Few addresses, so that pools overlap half of the time; some entries are faulty. */
const entries = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.tuple(fc.nat(11), fc.nat(2)).map(([from, more]) => `10.0.0.${from}-10.0.0.${from + more}`),
  },
  { weight: 2, arbitrary: fc.nat(5).map((from) => `fd00::${from}/128`) },
  { weight: 1, arbitrary: fc.constantFrom("10.0.0.9-10.0.0.1", "10.0.0.1", "", 5) },
);

const selectors = fc.array(
  fc.constantFrom<unknown>(
    { matchLabels: { team: "x" } },
    { matchLabels: { team: "y" } },
    {},
    { matchLabels: { a: 1 } },
  ),
  { maxLength: 2 },
);

const pools = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      addresses: fc.array(entries, { minLength: 1, maxLength: 3 }),
      autoAssign: fc.boolean(),
      creation: fc.nat(2),
      uid: fc.constantFrom("1", "1", "1", "2"),
      labels: fc.constantFrom<Record<string, string>>({}, { team: "x" }),
      serviceAllocation: fc.option(fc.record({ namespaceSelectors: selectors }), { nil: undefined }),
    }),
    { selector: ({ name }) => name },
  )
  .map((list) =>
    list.map(({ name, creation, uid, labels, ...spec }) =>
      pool(name, spec, { uid, labels, creationTimestamp: `2026-01-0${creation + 1}T00:00:00Z` }),
    ),
  );

const advertisements = fc
  .uniqueArray(
    fc.record({
      name: fc.constantFrom(...names),
      ipAddressPools: fc.array(fc.constantFrom(...names, "missing"), { maxLength: 2 }),
      ipAddressPoolSelectors: selectors,
      interfaces: fc.array(fc.constantFrom<unknown>("eth0", "eth1", 7), { maxLength: 2 }),
    }),
    { selector: ({ name }) => name },
  )
  .map((list) => list.map(({ name, ...spec }) => advertisement(name, spec)));

const namespaces = fc.constantFrom(
  [],
  [namespace("x", { team: "x" })],
  [namespace("y", { team: "y" }), namespace("x", { team: "x" })],
);

/** Objects of distinct names, a few of them; `make` makes one of its name, its age and its spec. */
function objectsOf<S, T>(
  spec: fc.Arbitrary<S>,
  make: (name: string, spec: S, metadata: { uid: string; creationTimestamp: string }) => T,
): fc.Arbitrary<T[]> {
  const identity = {
    name: fc.constantFrom(...names),
    creation: fc.nat(2),
    uid: fc.constantFrom("1", "1", "2"),
  };
  return fc
    .uniqueArray(fc.record({ ...identity, spec }), { selector: ({ name }) => name, maxLength: 4 })
    .map((list) =>
      list.map(({ name, creation, uid, spec: own }) =>
        make(name, own, { uid, creationTimestamp: `2026-01-0${creation + 1}T00:00:00Z` }),
      ),
    );
}

const nodeSelectors = fc.constantFrom<unknown>(
  [],
  [],
  [{ matchLabels: { rack: "a" } }],
  [{ matchLabels: { rack: "b" } }, { matchLabels: { rack: "a" } }],
);

/** Few routers, so that some peers are the same session. */
const peerSpecs = fc.record({
  myASN: fc.constantFrom<unknown>(64512, 64513, 0),
  peerASN: fc.constantFrom(64512, 64513),
  peerAddress: fc.constantFrom("192.0.2.1", "192.0.2.2", "2001:db8::1", "x"),
  bfdProfile: fc.constantFrom("a", "b", "missing", ""),
  holdTime: fc.constantFrom<unknown>("9s", undefined, "1s"),
  nodeSelectors,
});

const profileSpecs = fc.record({
  echoMode: fc.boolean(),
  receiveInterval: fc.constantFrom<unknown>(10, undefined, 9),
});

const communitySpecs = fc.array(
  fc.record({
    name: fc.constantFrom("no-transit", "backup", "north"),
    value: fc.constantFrom("65000:1", "large:1:2:3", "65000:2", "x"),
  }),
  { maxLength: 2 },
);

const bgpSpecs = fc.record({
  ipAddressPools: fc.array(fc.constantFrom(...names), { maxLength: 2 }),
  ipAddressPoolSelectors: selectors,
  aggregationLength: fc.constantFrom<unknown>(undefined, undefined, 32, 30, 33),
  localPref: fc.constantFrom(0, 0, 100, 200),
  communities: fc.array(fc.constantFrom("no-transit", "backup", "65000:9"), { maxLength: 2 }),
  peers: fc.array(fc.constantFrom(...names), { maxLength: 1 }),
  nodeSelectors,
});

type Snapshot = Omit<ConfigSnapshot, "namespace">;
const snapshots: fc.Arbitrary<Snapshot> = fc.record({
  pools,
  l2Advertisements: advertisements,
  bgpAdvertisements: objectsOf(bgpSpecs, bgpAdvertisement),
  bgpPeers: objectsOf(peerSpecs, bgpPeer),
  bfdProfiles: objectsOf(profileSpecs, bfdProfile),
  communities: objectsOf(communitySpecs, community),
  namespaces,
});

/** A snapshot, and the configuration that two earlier ones have left behind. */
const histories = fc
  .tuple(snapshots, snapshots, snapshots)
  .map(([first, second, now]) => ({ previous: build(second, build(first).config).config, now }));

/** Any JSON, but not deep: what is deeper than a selector is not looked at. */
const json = fc.jsonValue({ maxDepth: 2 });

describe("whatever the objects hold", () => {
  const metadata = fc.record(
    {
      name: fc.oneof(fc.constantFrom<unknown>("a", "b"), json),
      namespace: fc.oneof(fc.constant<unknown>("metallb-system"), json),
      labels: json,
      creationTimestamp: json,
      uid: json,
    },
    { requiredKeys: ["name", "namespace"] },
  );
  const field = fc.oneof(json, fc.array(json), entries, fc.array(entries), selectors);
  const spec = fc.dictionary(
    fc.constantFrom(
      "addresses",
      "autoAssign",
      "serviceAllocation",
      "ipAddressPools",
      "ipAddressPoolSelectors",
      "nodeSelectors",
      "interfaces",
      "preferredNodeSelectors",
      "aggregationLength",
      "communities",
      "peers",
      "myASN",
      "peerASN",
      "dynamicASN",
      "peerAddress",
      "interface",
      "holdTime",
      "passwordSecret",
      "bfdProfile",
      "receiveInterval",
      "echoMode",
    ),
    fc.oneof(
      field,
      fc.dictionary(
        fc.constantFrom("priority", "namespaces", "namespaceSelectors", "serviceSelectors", "name", "value"),
        field,
      ),
    ),
  );
  const anything = fc.oneof(fc.record({ metadata, spec: fc.oneof(spec, json) }), json);
  const things = fc.array(anything, { maxLength: 4 });
  const rawSnapshots = fc.record({
    pools: things,
    l2Advertisements: things,
    bgpAdvertisements: things,
    bgpPeers: things,
    bfdProfiles: things,
    communities: things,
    namespaces: things,
  }) as unknown as fc.Arbitrary<Snapshot>;

  test("nothing is thrown, every problem says where and what, and a refused pool has a reason", () => {
    fc.assert(
      fc.property(rawSnapshots, (snapshot) => {
        const built = build(snapshot, build(snapshot).config);
        for (const { kind, path, message, object } of built.problems) {
          expect(["wrong", "incomplete"]).toContain(kind);
          expect(path).toMatch(/^(spec|metadata)/);
          expect(message).not.toBe("");
          expect(CONFIG_KINDS).toContain(object.kind);
        }
        const reasons = built.problems.filter(({ object }) => object.kind === "IPAddressPool");
        for (const name of built.refusedPools)
          expect(reasons.map(({ object }) => object.name)).toContain(name);
      }),
      { numRuns: 200 },
    );
  });
});

/** A configuration without what differs only in identity. */
function plain({ config, problems, verdicts, refusedPools }: BuiltConfig): unknown {
  return {
    ...inForce(config),
    problems,
    verdicts,
    refusedPools: [...refusedPools],
  };
}

function inForce({ pools: all, bgpPeers }: Config): object {
  return {
    pools: all.map(({ addresses, ...rest }) => ({ ...rest, addresses: addresses.ranges })),
    bgpPeers,
  };
}

function overlaps(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

const LISTS = [
  "pools",
  "l2Advertisements",
  "bgpAdvertisements",
  "bgpPeers",
  "bfdProfiles",
  "communities",
] as const satisfies readonly (keyof Snapshot)[];

describe("of every history", () => {
  test("the order of the lists does not matter", () => {
    const shuffled = histories.chain(({ previous, now }) =>
      fc.record({
        previous: fc.constant(previous),
        now: fc.constant(now),
        mixed: fc.record({
          pools: shuffle(now.pools),
          l2Advertisements: shuffle(now.l2Advertisements),
          bgpAdvertisements: shuffle(now.bgpAdvertisements),
          bgpPeers: shuffle(now.bgpPeers),
          bfdProfiles: shuffle(now.bfdProfiles),
          communities: shuffle(now.communities),
          namespaces: shuffle(now.namespaces),
        }),
      }),
    );
    fc.assert(
      fc.property(shuffled, ({ previous, now, mixed }) => {
        expect(plain(build(mixed, previous))).toEqual(plain(build(now, previous)));
      }),
      { numRuns: 150 },
    );
  });

  test("the second time nothing changes", () => {
    fc.assert(
      fc.property(histories, ({ previous, now }) => {
        const once = build(now, previous);
        expect(plain(build(now, once.config))).toEqual(plain(once));
      }),
      { numRuns: 150 },
    );
  });

  test.each(LISTS)("a fault in one object of %s is to the others as if it were not there", (list) => {
    fc.assert(
      fc.property(histories, fc.nat(3), ({ now }, index) => {
        const victim = now[list][index];
        if (!victim) return;
        const others = now[list].filter((one) => one !== victim);
        const without = build({ ...now, [list]: others });
        const broken = build({ ...now, [list]: [...others, { ...victim, spec: "broken" }] });
        expect(inForce(broken.config)).toEqual(inForce(without.config));
        const ofOthers = broken.problems.filter(
          ({ object }) => object.kind !== victim.kind || object.name !== victim.metadata.name,
        );
        expect(ofOthers).toEqual(without.problems);
      }),
      { numRuns: 100 },
    );
  });

  test.each(LISTS)("a fault that comes into an object of %s takes nothing out of force", (list) => {
    fc.assert(
      fc.property(histories, fc.nat(3), ({ previous, now }, index) => {
        const before = build(now, previous);
        const objects = now[list].map((one, at) => (at === index ? { ...one, spec: "broken" } : one));
        const after = build({ ...now, [list]: objects }, before.config);
        expect(inForce(after.config)).toEqual(inForce(before.config));
      }),
      { numRuns: 100 },
    );
  });

  test("no two ranges in force share an address", () => {
    fc.assert(
      fc.property(histories, ({ previous, now }) => {
        const ranges = build(now, previous).config.pools.flatMap((one) => one.ranges);
        for (const [index, range] of ranges.entries()) {
          expect(ranges.slice(index + 1).filter((other) => overlaps(range, other))).toEqual([]);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("a pool that was in force stays in force, in some form, as long as its object exists", () => {
    fc.assert(
      fc.property(histories, ({ previous, now }) => {
        const after = new Set(build(now, previous).config.pools.map(({ name }) => name));
        for (const { metadata } of now.pools) {
          const draft = previous.drafts?.pools.get(metadata.name);
          if (draft && draft.source.uid === metadata.uid) expect(after).toContain(metadata.name);
        }
      }),
      { numRuns: 150 },
    );
  });

  test("whoever starts anew and reads the conditions has the same pools in force, but for earlier forms", () => {
    fc.assert(
      fc.property(histories, ({ previous, now }) => {
        const before = build(now, previous);
        const after = build(judged(now, previous));
        const verdicts = before.verdicts.filter(({ object }) => object.kind === "IPAddressPool");
        const present = verdicts.filter((one) => one.inForce === "present").map(({ object }) => object.name);
        expect(formsOf(after.config)).toMatchObject(formsOf(before.config, present));
        if (verdicts.some((one) => one.inForce === "earlier")) return;
        expect(formsOf(after.config)).toEqual(formsOf(before.config));
      }),
      { numRuns: 300 },
    );
  });

  test("refused are exactly the pools that are not in force as their objects say", () => {
    fc.assert(
      fc.property(histories, ({ previous, now }) => {
        const { config, refusedPools } = build(now, previous);
        const notAsDeclared = now.pools.filter((one) => !isInForceAsDeclared(config, one, now));
        expect(refusedPools).toEqual(new Set(notAsDeclared.map(({ metadata }) => metadata.name)));
      }),
      { numRuns: 150 },
    );
  });
});

/** By name, the ranges of the pools in force. */
function formsOf({ pools: all }: Config, chosen?: readonly string[]): Record<string, readonly string[]> {
  const listed = all.filter(({ name }) => chosen === undefined || chosen.includes(name));
  return Object.fromEntries(listed.map(({ name, ranges }) => [name, ranges.map(formatIpRange)]));
}

/** Whether the configuration has the pool exactly as it would be if it were alone and without a past. */
function isInForceAsDeclared(
  config: Config,
  one: Snapshot["pools"][number],
  { namespaces: all }: Pick<Snapshot, "namespaces">,
): boolean {
  const alone = build({ pools: [one], namespaces: all });
  const [declared] = alone.config.pools;
  const [there] = config.pools.filter(({ name }) => name === one.metadata.name);
  return declared !== undefined && there !== undefined && sameButForAdvertisements(declared, there);
}

function sameButForAdvertisements(a: Pool, b: Pool): boolean {
  const comparable = ({ ranges, autoAssign, serviceAllocation }: Pool): unknown => [
    ranges.map(formatIpRange),
    autoAssign,
    serviceAllocation && { ...serviceAllocation, namespaces: [...(serviceAllocation.namespaces ?? ["any"])] },
  ];
  return JSON.stringify(comparable(a)) === JSON.stringify(comparable(b));
}

function shuffle<T>(list: readonly T[]): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: list.length });
}
