import { describe, expect, test } from "@jest/globals";
import { advertisement, build, pool, problemTexts } from "./testing/objects.ts";

const pools = [
  pool("blue", ["10.0.0.0/24"], { labels: { zone: "a" } }),
  pool("green", ["10.0.1.0/24"], { labels: { zone: "b" } }),
  pool("red", ["10.0.2.0/24"]),
];

function attachedTo(spec: unknown): readonly string[] {
  const built = build({ pools, l2Advertisements: [advertisement("ad", spec)] });
  return built.config.pools
    .filter(({ l2Advertisements }) => l2Advertisements.length > 0)
    .map(({ name }) => name);
}

describe("which pools an advertisement selects", () => {
  const zone = (value: string) => ({ matchLabels: { zone: value } });

  test.each([
    ["no spec", undefined, ["blue", "green", "red"]],
    ["an empty spec", {}, ["blue", "green", "red"]],
    ["empty lists", { ipAddressPools: [], ipAddressPoolSelectors: null }, ["blue", "green", "red"]],
    ["a name", { ipAddressPools: ["red"] }, ["red"]],
    ["a label", { ipAddressPoolSelectors: [zone("b")] }, ["green"]],
    ["one of two labels", { ipAddressPoolSelectors: [zone("a"), zone("b")] }, ["blue", "green"]],
    ["a name or a label", { ipAddressPools: ["red"], ipAddressPoolSelectors: [zone("a")] }, ["blue", "red"]],
    ["a selector for everything", { ipAddressPoolSelectors: [{}] }, ["blue", "green", "red"]],
    ["a selector that matches nothing", { ipAddressPoolSelectors: [zone("c")] }, []],
    ["an unknown name", { ipAddressPools: ["pink"] }, []],
  ])("%s", (_what, spec, names) => {
    expect(attachedTo(spec)).toEqual(names);
  });

  test("it is attached once, even if it selects a pool by name and by label, and lists are sorted by name", () => {
    const both = { ipAddressPools: ["blue"], ipAddressPoolSelectors: [zone("a")] };
    const built = build({
      pools,
      l2Advertisements: [advertisement("b"), advertisement("c", both), advertisement("a")],
    });
    expect(
      built.config.pools.map(({ l2Advertisements }) => l2Advertisements.map(({ name }) => name)),
    ).toEqual([
      ["a", "b", "c"],
      ["a", "b"],
      ["a", "b"],
    ]);
  });

  test("what is not there (yet) is reported, and the rest is in force", () => {
    const spec = { ipAddressPools: ["pink", "red"], ipAddressPoolSelectors: [zone("c")] };
    const built = build({ pools, l2Advertisements: [advertisement("ad", spec)] });
    expect(problemTexts(built.problems)).toEqual([
      "incomplete ad spec.ipAddressPoolSelectors: no pool in force has labels that match",
      'incomplete ad spec.ipAddressPools[0]: there is no pool "pink" in force',
    ]);
    expect(built.config.pools.at(-1)?.l2Advertisements).toHaveLength(1);
  });

  test("a pool that is refused is not there", () => {
    const built = build({
      pools: [pool("red", [])],
      l2Advertisements: [advertisement("ad", { ipAddressPools: ["red"] })],
    });
    expect(problemTexts(built.problems)).toEqual([
      "wrong red spec.addresses: the pool has no addresses",
      'incomplete ad spec.ipAddressPools[0]: there is no pool "red" in force',
    ]);
  });
});

test("everything an advertisement can say", () => {
  const selector = { matchExpressions: [{ key: "a", operator: "Exists" }] };
  const spec = {
    nodeSelectors: [selector],
    serviceSelectors: [{ matchLabels: { tier: "front" } }],
    interfaces: ["eth0", "eth1", "eth0"],
    // Preferences may repeat themselves: their weights add up.
    preferredNodeSelectors: [
      { weight: 1, preference: selector },
      { weight: 100, preference: selector },
      { weight: 1, preference: selector },
    ],
  };
  const built = build({ pools, l2Advertisements: [advertisement("ad", spec)] });
  expect(built.problems).toEqual([]);
  expect(built.config.pools[0]?.l2Advertisements).toEqual([
    {
      name: "ad",
      nodeSelectors: [selector],
      interfaces: ["eth0", "eth1"],
      serviceSelectors: [{ matchLabels: { tier: "front" } }],
      preferredNodeSelectors: spec.preferredNodeSelectors,
    },
  ]);
});

describe("an advertisement with a fault is left out, and every fault is named", () => {
  const twice = (path: string) => `${path}[1]: duplicate selector: the same one stands earlier in the list`;
  const table: readonly (readonly [spec: unknown, problems: readonly string[]])[] = [
    [5, ["spec: must be an object, not the number 5"]],
    [{ ipAddressPools: ["red", "red"] }, ['spec.ipAddressPools[1]: duplicate entry "red"']],
    [{ ipAddressPools: "red" }, ["spec.ipAddressPools: must be a list, not a text"]],
    [{ ipAddressPoolSelectors: [{}, {}] }, [twice("spec.ipAddressPoolSelectors")]],
    [{ nodeSelectors: [{}, {}] }, [twice("spec.nodeSelectors")]],
    [{ serviceSelectors: [{}, {}] }, [twice("spec.serviceSelectors")]],
    [{ nodeSelectors: [{ matchLabels: { a: 1 } }] }, ["spec.nodeSelectors[0]: matchLabels: 1 is not a text"]],
    [{ interfaces: [1] }, ["spec.interfaces[0]: must be a text, not the number 1"]],
    [
      { preferredNodeSelectors: [{}] },
      [
        "spec.preferredNodeSelectors[0].preference: a label selector must be an object",
        "spec.preferredNodeSelectors[0].weight: must be a number from 1 to 100",
      ],
    ],
    [
      { preferredNodeSelectors: [{ weight: 0, preference: {} }] },
      ["spec.preferredNodeSelectors[0].weight: must be a number from 1 to 100"],
    ],
    [
      {
        preferredNodeSelectors: [
          { weight: 100, preference: {} },
          { weight: 101, preference: {} },
        ],
      },
      ["spec.preferredNodeSelectors[1].weight: must be a number from 1 to 100"],
    ],
    [
      { preferredNodeSelectors: [{ weight: "5", preference: {} }] },
      ["spec.preferredNodeSelectors[0].weight: must be a whole number, not a text"],
    ],
  ];

  test.each(table)("%j", (spec, problems) => {
    const built = build({ pools, l2Advertisements: [advertisement("ad", spec), advertisement("other")] });
    expect(problemTexts(built.problems)).toEqual(problems.map((problem) => `wrong ad ${problem}`));
    expect(built.config.pools[0]?.l2Advertisements.map(({ name }) => name)).toEqual(["other"]);
    expect(built.refusedPools).toEqual(new Set());
  });
});

describe("names that no interface can have", () => {
  test.each([
    ["", "the name is empty"],
    ["ABCDEFGHIJKLMNOP", "the name is longer than 15 bytes"],
    ["öööööööö", "the name is longer than 15 bytes"],
    ["..", "the name is reserved"],
    ["eth 0", "it contains a slash, a colon or a space"],
    ["eth0:1", "it contains a slash, a colon or a space"],
    ["a/b", "it contains a slash, a colon or a space"],
  ])("%j is reported, but stays in the list: an empty list would mean every interface", (name, why) => {
    const built = build({ pools, l2Advertisements: [advertisement("ad", { interfaces: [name] })] });
    expect(problemTexts(built.problems)).toEqual([
      `wrong ad spec.interfaces[0]: no interface can be called ${JSON.stringify(name)}: ${why}`,
    ]);
    expect(built.config.pools[0]?.l2Advertisements[0]?.interfaces).toEqual([name]);
  });

  test.each(["eth0", "enp0s31f6", "br-lan.100", "a".repeat(15), "öööööööx", "eth*"])(
    "%j is none of them",
    (name) => {
      const built = build({ pools, l2Advertisements: [advertisement("ad", { interfaces: [name] })] });
      expect(built.problems).toEqual([]);
    },
  );
});
