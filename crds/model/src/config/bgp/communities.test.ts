import { describe, expect, test } from "@jest/globals";
import { bgpAdvertisement, build, community, pool, problemTexts } from "../testing/objects.ts";
import { type BuiltConfig } from "../types.ts";
import { formatCommunity } from "./community-value.ts";

const pools = [pool("a", ["10.0.0.0/24"])];
const old = { creationTimestamp: "2026-01-01T00:00:00Z" };
const young = { creationTimestamp: "2026-06-01T00:00:00Z" };

function attached({ config }: BuiltConfig): readonly string[] {
  return (config.pools[0]?.bgpAdvertisements ?? []).map(
    ({ name, communities }) => `${name} ${communities.map(formatCommunity).join(" ")}`,
  );
}

describe("communities of an advertisement", () => {
  const north = community("north", [{ name: "north", value: "large:65000:1:12" }]);

  test("are resolved, each is there once, and they are sorted", () => {
    const spec = { communities: ["north", "65000:1", "large:4259840001:0:0", "0:9"] };
    const built = build({ pools, bgpAdvertisements: [bgpAdvertisement("ad", spec)], communities: [north] });
    expect(built.problems).toEqual([]);
    expect(attached(built)).toEqual(["ad 0:9 large:65000:1:12 65000:1 large:4259840001:0:0"]);
  });

  test("an alias wins over its reading as a community", () => {
    const communities = [community("odd", [{ name: "1:1", value: "2:2" }])];
    const bgpAdvertisements = [bgpAdvertisement("ad", { communities: ["1:1"] })];
    expect(attached(build({ pools, bgpAdvertisements, communities }))).toEqual(["ad 2:2"]);
  });

  test("an unknown alias withholds the advertisement, in MetalLB's words, until the Community arrives", () => {
    const spec = { communities: ["65000:1", "no-transit"] };
    const bgpAdvertisements = [bgpAdvertisement("ad", spec), bgpAdvertisement("other")];
    const before = build({ pools, bgpAdvertisements });
    expect(attached(before)).toEqual(["other "]);
    expect(before.problems).toEqual([
      {
        kind: "incomplete",
        object: { kind: "BGPAdvertisement", namespace: "metallb-system", name: "ad" },
        path: "spec.communities[1]",
        message: "invalid community format: no-transit: no Community in force defines this name",
        summary: 'invalid community format: no-transit\ninvalid community "no-transit" in BGP advertisement',
      },
    ]);
    const communities = [community("c", [{ name: "no-transit", value: "65000:300" }])];
    const after = build({ pools, bgpAdvertisements, communities }, before.config);
    expect([attached(after), after.problems]).toEqual([["ad 65000:1 65000:300", "other "], []]);
  });

  test("an alias that is deleted goes on meaning what it meant, and others follow their edits", () => {
    const spec = { communities: ["north", "south"] };
    const bgpAdvertisements = [bgpAdvertisement("ad", spec)];
    const south = (value: string) => community("south", [{ name: "south", value }]);
    const before = build({ pools, bgpAdvertisements, communities: [north, south("1:1")] });
    const after = build({ pools, bgpAdvertisements, communities: [south("1:2")] }, before.config);
    expect(attached(after)).toEqual(["ad large:65000:1:12 1:2"]);
    expect(after.verdicts.find(({ object }) => object.name === "ad")?.inForce).toBe("earlier");
  });
});

describe("a Community with a fault is left out", () => {
  test.each([
    [
      [{ name: "a", value: "99999:1" }],
      'spec.communities[0].value: invalid community value: invalid section "99999"',
    ],
    [
      [{ name: "a", value: "big:1:2:3" }],
      "spec.communities[0].value: invalid community value: expected community to be of format large",
    ],
    [[{ name: "a", value: "1:2:3" }], "spec.communities[0].value: invalid community format: 1:2:3"],
    [[{ name: "a" }], "spec.communities[0].value: invalid community format: "],
    [["a"], "spec.communities[0]: must be an object, not a text"],
    [
      [
        { name: "a", value: "1:1" },
        { name: "a", value: "1:2" },
      ],
      'spec.communities[1].name: duplicate definition of community "a"',
    ],
  ])("%j", (list, problem) => {
    const built = build({ communities: [community("c", list)] });
    expect(problemTexts(built.problems)[0]).toContain(`wrong c ${problem}`);
    expect(built.verdicts.map(({ inForce }) => inForce)).toEqual(["none"]);
  });

  test("an entry without a name is of no use to anybody, and the others are in force", () => {
    const communities = [community("c", [{ value: "1:1" }, { name: "a", value: "1:2" }])];
    const built = build({
      pools,
      communities,
      bgpAdvertisements: [bgpAdvertisement("ad", { communities: ["a"] })],
    });
    expect(problemTexts(built.problems)).toEqual([
      "wrong c spec.communities[0].name: the entry has no name, so nothing can use it",
    ]);
    expect(attached(built)).toEqual(["ad 1:2"]);
  });
});

describe("duplicate definition of community", () => {
  const first = [{ name: "a", value: "1:1" }];
  const second = [{ name: "a", value: "1:2" }];
  const bgpAdvertisements = [bgpAdvertisement("ad", { communities: ["a"] })];

  test("the older one stays, and the message says who it is", () => {
    const communities = [community("x", first, young), community("y", second, old)];
    const built = build({ pools, bgpAdvertisements, communities });
    expect(attached(built)).toEqual(["ad 1:2"]);
    expect(problemTexts(built.problems)).toEqual([
      'wrong x spec.communities[0].name: duplicate definition of community "a", which Community "y" defines',
    ]);
  });

  test("what is in force stays, even beside an older object", () => {
    const before = build({ pools, bgpAdvertisements, communities: [community("x", first, young)] });
    const communities = [community("x", first, young), community("y", second, old)];
    expect(attached(build({ pools, bgpAdvertisements, communities }, before.config))).toEqual(["ad 1:1"]);
  });
});
