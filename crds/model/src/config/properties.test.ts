import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { formatIpRange, type IpRange } from "../address/index.ts";
import { type ConfigSnapshot } from "./build-config.ts";
import { advertisement, build, namespace, pool } from "./testing/objects.ts";
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

type Snapshot = Omit<ConfigSnapshot, "namespace">;
const snapshots: fc.Arbitrary<Snapshot> = fc.record({ pools, l2Advertisements: advertisements, namespaces });

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
    ),
    fc.oneof(
      field,
      fc.dictionary(
        fc.constantFrom("priority", "namespaces", "namespaceSelectors", "serviceSelectors"),
        field,
      ),
    ),
  );
  const anything = fc.oneof(fc.record({ metadata, spec: fc.oneof(spec, json) }), json);
  const things = fc.array(anything, { maxLength: 4 });

  test("nothing is thrown, every problem says where and what, and a refused pool has a reason", () => {
    fc.assert(
      fc.property(things, things, things, (rawPools, rawAdvertisements, rawNamespaces) => {
        const snapshot = {
          pools: rawPools,
          l2Advertisements: rawAdvertisements,
          namespaces: rawNamespaces,
        } as unknown as Snapshot;
        const built = build(snapshot, build(snapshot).config);
        for (const { kind, path, message, object } of built.problems) {
          expect(["wrong", "incomplete"]).toContain(kind);
          expect(path).toMatch(/^(spec|metadata)/);
          expect(message).not.toBe("");
          expect(["IPAddressPool", "L2Advertisement"]).toContain(object.kind);
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
function plain({ config, problems, refusedPools }: BuiltConfig): unknown {
  return {
    pools: config.pools.map(({ addresses, ...rest }) => ({ ...rest, addresses: addresses.ranges })),
    problems,
    refusedPools: [...refusedPools],
  };
}

function overlaps(a: IpRange, b: IpRange): boolean {
  return a.family === b.family && a.first <= b.last && b.first <= a.last;
}

describe("of every history", () => {
  test("the order of the lists does not matter", () => {
    const shuffled = histories.chain(({ previous, now }) =>
      fc.record({
        previous: fc.constant(previous),
        now: fc.constant(now),
        mixed: fc.record({
          pools: shuffle(now.pools),
          l2Advertisements: shuffle(now.l2Advertisements),
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

/** Whether the configuration has the pool exactly as it would be if it were alone and without a past. */
function isInForceAsDeclared(
  config: Config,
  one: Snapshot["pools"][number],
  { namespaces: all }: Snapshot,
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
