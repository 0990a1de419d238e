import { describe, expect, test } from "@jest/globals";
import {
  formatIpRange,
  type IpAddress,
  type IpRange,
  parseIpAddress,
  parseIpRange,
} from "../address/index.ts";
import { type IpAddressPoolResource, projectIpAddressPool } from "../resources/index.ts";
import {
  advertisementsSelecting,
  describePool,
  describeProblem,
  faultyHomes,
  poolContaining,
  type BuiltConfig,
  VALID_CONDITION,
} from "./index.ts";
import { advertisement, build, NAMESPACE, namespace, pool, problemTexts } from "./testing/objects.ts";

/** Pools and their ranges, such as `a 10.0.0.0/24`. */
function inForce({ config }: BuiltConfig): readonly string[] {
  return config.pools.map(({ name, ranges }) => `${name} ${ranges.map(formatIpRange).join(" ")}`);
}

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function range(text: string): IpRange {
  const parsed = parseIpRange(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

test("nothing at all is a good configuration", () => {
  const built = build({});
  expect([built.config.pools, built.problems, built.refusedPools]).toEqual([[], [], new Set()]);
});

describe("objects of another namespace", () => {
  test("are ignored, and say so", () => {
    const built = build({
      pools: [pool("a", ["10.0.0.0/24"], { namespace: "default" }), pool("b", ["10.0.0.0/24"])],
      l2Advertisements: [advertisement("ad", {}, { namespace: "default" })],
    });
    expect(built.problems).toEqual([
      {
        kind: "wrong",
        object: { kind: "IPAddressPool", namespace: "default", name: "a" },
        path: "metadata.namespace",
        message: `resource must be created in ${NAMESPACE} namespace`,
      },
      {
        kind: "wrong",
        object: { kind: "L2Advertisement", namespace: "default", name: "ad" },
        path: "metadata.namespace",
        message: `resource must be created in ${NAMESPACE} namespace`,
      },
    ]);
    expect(inForce(built)).toEqual(["b 10.0.0.0/24"]);
    expect(built.config.pools[0]?.l2Advertisements).toEqual([]);
  });

  test("do not make a pool of the same name a refused one", () => {
    const elsewhere = pool("a", ["10.0.1.0/24"], { namespace: "default" });
    const built = build({ pools: [elsewhere, pool("a", ["10.0.0.0/24"])] });
    expect([inForce(built), built.refusedPools]).toEqual([["a 10.0.0.0/24"], new Set()]);
  });
});

test("an object without a name, or with the name of another, is refused", () => {
  const built = build({
    pools: [pool("", ["10.0.0.0/24"]), pool("a", ["10.0.1.0/24"]), pool("a", ["10.0.2.0/24"])],
  });
  expect(problemTexts(built.problems)).toEqual([
    "wrong  metadata.name: the object has no name",
    "wrong a metadata.name: duplicate definition of IPAddressPool",
    "wrong a metadata.name: duplicate definition of IPAddressPool",
  ]);
  expect([inForce(built), built.refusedPools]).toEqual([[], new Set(["a"])]);
});

describe("an edit with a fault in it", () => {
  const before = build({
    pools: [pool("a", { addresses: ["10.0.0.0/24"], autoAssign: false }), pool("b", ["10.0.1.0/24"])],
    l2Advertisements: [advertisement("ad", { ipAddressPools: ["a"], interfaces: ["eth0"] })],
  });

  test("of a pool leaves its last good version in force, and the others are untouched", () => {
    const pools = [pool("a", ["10.0.0.0/240"]), pool("b", ["10.0.1.0/25"]), pool("c", ["10.0.3.0/24"])];
    const after = build({ pools }, before.config);
    expect(inForce(after)).toEqual(["a 10.0.0.0/24", "b 10.0.1.0/25", "c 10.0.3.0/24"]);
    expect(after.config.pools[0]?.autoAssign).toBe(false);
    expect(after.refusedPools).toEqual(new Set(["a"]));
  });

  test("is outlived by the good version until the fault is mended or the pool is deleted", () => {
    const broken = { pools: [pool("a", ["x"])] };
    const later = build(broken, build(broken, before.config).config);
    expect(inForce(later)).toEqual(["a 10.0.0.0/24"]);
    expect(inForce(build({ pools: [pool("a", ["10.0.9.0/24"])] }, later.config))).toEqual(["a 10.0.9.0/24"]);
    expect(inForce(build({ pools: [] }, later.config))).toEqual([]);
  });

  test("of a pool that was deleted and created anew brings no old version back", () => {
    const first = build({ pools: [pool("a", ["10.0.0.0/24"], { uid: "1" })] });
    const second = build({ pools: [pool("a", ["x"], { uid: "2" })] }, first.config);
    expect([inForce(second), second.refusedPools]).toEqual([[], new Set(["a"])]);
  });

  test("of an advertisement leaves its last good version in force, for new pools as well", () => {
    const everything = build({ l2Advertisements: [advertisement("ad", { interfaces: ["eth0"] })] });
    const after = build(
      { pools: [pool("new", ["10.0.0.0/24"])], l2Advertisements: [advertisement("ad", { interfaces: [1] })] },
      everything.config,
    );
    expect(after.config.pools[0]?.l2Advertisements).toMatchObject([{ name: "ad", interfaces: ["eth0"] }]);
    expect(after.problems).toHaveLength(1);
  });

  test("does not keep the pool from following namespaces and labels", () => {
    const serviceAllocation = { namespaceSelectors: [{ matchLabels: { team: "x" } }] };
    const first = build({ pools: [pool("a", { addresses: ["10.0.0.0/24"], serviceAllocation })] });
    const second = build(
      { pools: [pool("a", [])], namespaces: [namespace("late", { team: "x" })] },
      first.config,
    );
    expect(second.config.pools[0]?.serviceAllocation?.namespaces).toEqual(new Set(["late"]));
  });
});

describe("pools that overlap", () => {
  const old = { creationTimestamp: "2026-01-01T00:00:00Z" };
  const young = { creationTimestamp: "2026-06-01T00:00:00Z" };

  test("the older one wins, and the message says against whom", () => {
    const built = build({
      pools: [pool("a", ["10.0.9.0/24", "10.0.0.128-10.0.0.200"], young), pool("b", ["10.0.0.0/24"], old)],
    });
    expect(inForce(built)).toEqual(["b 10.0.0.0/24"]);
    expect(built.problems).toEqual([
      {
        kind: "wrong",
        object: { kind: "IPAddressPool", namespace: NAMESPACE, name: "a" },
        path: "spec.addresses[1]",
        message: 'CIDR "10.0.0.128-10.0.0.200" overlaps with already defined CIDR "10.0.0.0/24" of pool "b"',
      },
    ]);
    expect(built.refusedPools).toEqual(new Set(["a"]));
  });

  test("of the same age: the first by name", () => {
    expect(inForce(build({ pools: [pool("b", ["10.0.0.0/24"]), pool("a", ["10.0.0.0/25"])] }))).toEqual([
      "a 10.0.0.0/25",
    ]);
  });

  test("one that is in force wins against an older one that arrives or grows later", () => {
    const before = build({
      pools: [pool("young", ["10.0.0.0/24"], young), pool("other", ["10.0.1.0/24"], old)],
    });
    const grown = [pool("young", ["10.0.0.0/24"], young), pool("other", ["10.0.0.0/23"], old)];
    const after = build({ pools: [...grown, pool("old", ["10.0.0.0/16"], old)] }, before.config);
    expect(inForce(after)).toEqual(["other 10.0.1.0/24", "young 10.0.0.0/24"]);
    expect(after.refusedPools).toEqual(new Set(["old", "other"]));
  });

  test("for room that becomes free, one that is in force goes before one that has waited, even an older one", () => {
    const small = pool("young", ["10.0.0.0/24"], young);
    const waiting = pool("waiting", ["10.0.1.0/25"], old);
    const before = build({ pools: [small, pool("middle", ["10.0.1.0/24"]), waiting] });
    expect(before.refusedPools).toEqual(new Set(["waiting"]));
    const after = build({ pools: [pool("young", ["10.0.0.0/23"], young), waiting] }, before.config);
    expect(inForce(after)).toEqual(["young 10.0.0.0/23"]);
  });

  type Said = readonly [status: "True" | "False" | "Unknown", observedGeneration: number] | undefined;
  const saying = (said: Said, one: IpAddressPoolResource): IpAddressPoolResource =>
    projectIpAddressPool({
      ...one,
      status: said && {
        conditions: [{ type: VALID_CONDITION, status: said[0], observedGeneration: said[1] }],
      },
    });
  const wanting = (saidOfOld: Said, saidOfYoung: Said): readonly IpAddressPoolResource[] => [
    saying(saidOfOld, pool("old", ["10.0.0.0/24"], { ...old, generation: 2 })),
    saying(saidOfYoung, pool("young", ["10.0.0.0/25"], { ...young, generation: 1 })),
  ];

  test.each<[Said, Said, winner: string]>([
    [undefined, undefined, "old 10.0.0.0/24"],
    [["False", 2], ["True", 1], "young 10.0.0.0/25"],
    [["True", 2], ["False", 1], "old 10.0.0.0/24"],
    [undefined, ["True", 1], "young 10.0.0.0/25"],
    [["False", 2], undefined, "young 10.0.0.0/25"],
    [["True", 1], ["True", 1], "young 10.0.0.0/25"],
    [["False", 1], undefined, "old 10.0.0.0/24"],
    [["True", 2], ["True", 1], "old 10.0.0.0/24"],
    [["Unknown", 2], ["False", 1], "old 10.0.0.0/24"],
  ])("without a past: %j in its second form, %j in its first, so %s", (saidOfOld, saidOfYoung, winner) => {
    expect(inForce(build({ pools: wanting(saidOfOld, saidOfYoung) }))).toEqual([winner]);
  });

  test("with a past it does not matter what the conditions say", () => {
    const before = build({ pools: [pool("other", ["10.0.9.0/24"])] });
    const pools = [...wanting(["False", 2], ["True", 1]), pool("other", ["10.0.9.0/24"])];
    expect(inForce(build({ pools }, before.config))).toEqual(["old 10.0.0.0/24", "other 10.0.9.0/24"]);
  });

  test("an edit that overlaps falls back as a whole, but edits that overlap nothing are in force", () => {
    const before = build({ pools: [pool("a", ["10.0.0.0/24"]), pool("b", ["10.0.1.0/24"])] });
    const pools = [
      pool("a", { addresses: ["10.0.0.0/23"], autoAssign: false }),
      pool("b", { addresses: ["10.0.1.0/24"], autoAssign: false }),
    ];
    const after = build({ pools }, before.config);
    expect(inForce(after)).toEqual(["a 10.0.0.0/24", "b 10.0.1.0/24"]);
    expect(after.config.pools.map(({ autoAssign }) => autoAssign)).toEqual([true, false]);
    expect(after.refusedPools).toEqual(new Set(["a"]));
  });

  test("two pools can exchange their ranges at once", () => {
    const before = build({ pools: [pool("a", ["10.0.0.0/24"]), pool("b", ["10.0.1.0/24"])] });
    const after = build({ pools: [pool("a", ["10.0.1.0/24"]), pool("b", ["10.0.0.0/24"])] }, before.config);
    expect([inForce(after), after.problems]).toEqual([["a 10.0.1.0/24", "b 10.0.0.0/24"], []]);
  });

  test("a change that makes room for another is admitted first, whatever the order of names", () => {
    const before = build({
      pools: [pool("a", ["10.0.0.0/24"]), pool("b", ["10.0.1.0/24"]), pool("c", ["10.0.2.0/24"])],
    });
    const after = build(
      {
        pools: [
          pool("a", ["10.0.1.0/24"]),
          pool("b", ["10.0.2.0/24"]),
          pool("c", ["10.0.3.0/24"]),
          // Unrelated trouble, so that not simply everything fits.
          pool("d", ["10.0.3.0/24"]),
        ],
      },
      before.config,
    );
    expect(inForce(after)).toEqual(["a 10.0.1.0/24", "b 10.0.2.0/24", "c 10.0.3.0/24"]);
    expect(after.refusedPools).toEqual(new Set(["d"]));
  });

  test("the range of a pool whose edit is faulty is still taken", () => {
    const before = build({ pools: [pool("a", ["10.0.0.0/24"], young)] });
    const after = build({ pools: [pool("a", ["x"], young), pool("b", ["10.0.0.0/25"], old)] }, before.config);
    expect([inForce(after), after.refusedPools]).toEqual([["a 10.0.0.0/24"], new Set(["a", "b"])]);
  });

  test("when the one in the way is deleted, the other comes into force", () => {
    const before = build({ pools: [pool("a", ["10.0.0.0/24"]), pool("b", ["10.0.0.0/25"])] });
    const after = build({ pools: [pool("b", ["10.0.0.0/25"])] }, before.config);
    expect([inForce(after), after.problems]).toEqual([["b 10.0.0.0/25"], []]);
  });
});

describe("what is known of a pool that is not in force", () => {
  const labels = { site: "1" };
  const l2Advertisements = [
    advertisement("by-label", { ipAddressPoolSelectors: [{ matchLabels: labels }] }),
    advertisement("by-name", { ipAddressPools: ["a"] }),
    advertisement("of-another", { ipAddressPools: ["b"] }),
  ];
  const selecting = (built: BuiltConfig, identity: { name: string; labels: Record<string, string> }) =>
    advertisementsSelecting(identity, built.config).map(({ name }) => name);

  test("where an address may be from that no pool in force contains: what can be read tells", () => {
    const over = pool("over", ["10.0.0.0/8", "192.0.2.0/30"], { creationTimestamp: "2026-01-02T00:00:00Z" });
    const selector = { addresses: ["192.0.2.0/29"], serviceAllocation: { namespaces: ["a", "a"] } };
    const pools = [pool("older", ["10.0.0.0/24"], { creationTimestamp: "2026-01-01T00:00:00Z" }), over];
    const homes = (text: string, ...others: readonly IpAddressPoolResource[]) =>
      faultyHomes(address(text), build({ pools: [...pools, ...others] }));
    expect(homes("192.0.2.1")).toEqual(["over"]);
    expect(homes("198.51.100.1")).toEqual([]);
    expect(homes("192.0.2.1", pool("twice", selector))).toEqual(["over", "twice"]);
    expect(homes("198.51.100.1", pool("unreadable", ["x", "203.0.113.0/24"]))).toEqual(["unreadable"]);
    expect(homes("198.51.100.1", pool("empty", []))).toEqual(["empty"]);
  });

  test("nowhere, if the refused pool is in force in an earlier form", () => {
    const before = build({ pools: [pool("kept", ["10.0.1.0/24"])] });
    expect(faultyHomes(address("192.0.2.1"), build({ pools: [pool("kept", ["x"])] }, before.config))).toEqual(
      [],
    );
  });

  test("name and labels of the refused, whether in force in an earlier form, overlapping or neither", () => {
    const before = build({ pools: [pool("kept", ["10.0.1.0/24"], { labels: { old: "label" } })] });
    const pools = [
      pool("overlapping", ["10.0.1.0/25"], { labels }),
      pool("faulty", ["x"]),
      pool("kept", ["x"], { labels }),
    ];
    const { config, refusedPools } = build({ pools }, before.config);
    expect([...(config.refused?.values() ?? [])]).toEqual([
      { name: "faulty", labels: {}, claims: undefined },
      { name: "kept", labels, claims: undefined },
      { name: "overlapping", labels, claims: [range("10.0.1.0/25")] },
    ]);
    expect([...refusedPools]).toEqual(["faulty", "kept", "overlapping"]);
  });

  test("the advertisements in force that select it, by name and by label", () => {
    const built = build({ l2Advertisements });
    expect(selecting(built, { name: "a", labels })).toEqual(["by-label", "by-name"]);
    expect(selecting(built, { name: "a", labels: {} })).toEqual(["by-name"]);
    expect(selecting(built, { name: "c", labels: {} })).toEqual([]);
    expect(selecting(build({}), { name: "a", labels })).toEqual([]);
  });

  test("for a pool in force they are those of the pool", () => {
    const built = build({ pools: [pool("a", ["10.0.0.0/24"], { labels })], l2Advertisements });
    for (const one of built.config.pools) {
      expect(advertisementsSelecting(one, built.config)).toEqual(one.l2Advertisements);
      expect(one.l2Advertisements).toHaveLength(2);
    }
  });
});

test("400 pools, each in the way of the next, are settled without trying every order", () => {
  const count = 400;
  const name = (index: number) => `p${String(index).padStart(4, "0")}`;
  const at = (index: number) => [`10.${Math.floor(index / 256)}.${index % 256}.0/24`];
  const numbers = Array.from({ length: count }, (_, index) => index);
  const before = build({ pools: numbers.map((index) => pool(name(index), at(index))) });
  // Everyone moves one place up, the last one to a place that is free; a stranger wants it too.
  const moved = numbers.map((index) => pool(name(index), at(index + 1)));
  const after = build({ pools: [...moved, pool("z", at(count))] }, before.config);
  expect(after.refusedPools).toEqual(new Set(["z"]));
  expect(
    after.config.pools.map(({ ranges }) =>
      formatIpRange(ranges[0] ?? { family: "IPv4", first: 0n, last: 0n }),
    ),
  ).toEqual(numbers.flatMap((index) => at(index + 1)));
});

test("the pool of an address is found", () => {
  const { config } = build({
    pools: [pool("a", ["10.0.0.0/24", "fd00::/64"]), pool("b", ["10.0.1.0-10.0.1.9"])],
  });
  const nameAt = (text: string) => {
    const address = parseIpAddress(text);
    return address.ok ? poolContaining(config, address.value)?.name : text;
  };
  expect(["10.0.0.255", "fd00::ffff", "10.0.1.9", "10.0.1.10", "::a00:1"].map(nameAt)).toEqual([
    "a",
    "a",
    "b",
    undefined,
    undefined,
  ]);
});

test("problems and pools can be put into one line", () => {
  const { problems } = build({ pools: [pool("a", [])] });
  expect(problems.map(describeProblem)).toEqual([
    "IPAddressPool metallb-system/a, spec.addresses: the pool has no addresses",
  ]);
  const { config } = build({
    pools: [
      pool("b", [...[0, 1, 2, 3, 4, 5].map((index) => `10.0.${index}.0/28`)]),
      pool("c", ["fd00::/64"]),
    ],
  });
  expect(config.pools.map(describePool)).toEqual([
    "pool b (10.0.0.0/28, 10.0.1.0/28, 10.0.2.0/28, 10.0.3.0/28, and 2 more)",
    "pool c (fd00::/64)",
  ]);
});
