import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { AddressSet } from "./address-set.ts";
import { isBuggyAddress } from "./buggy-addresses.ts";
import { ipAddress, sameIpAddress } from "./ip-address.ts";
import { formatIpRange, parseIpRange } from "./ip-range.ts";
import { compareIpRanges } from "./sorted-ranges.ts";
import { smallRanges, smallWorld } from "./testing/arbitraries.ts";
import { type IpAddress, type IpRange } from "./types.ts";

function range(text: string): IpRange {
  const parsed = parseIpRange(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function setOf(...texts: readonly string[]): AddressSet {
  return AddressSet.of(texts.map(range));
}

function textsOf(set: AddressSet): readonly string[] {
  return set.ranges.map(formatIpRange);
}

describe("the form of a set", () => {
  test("ranges are sorted, IPv4 first, and merged where they overlap or touch", () => {
    const set = setOf(
      "::10/127",
      "10.0.0.4/31",
      "10.0.0.0/30",
      "10.0.0.5-10.0.0.9",
      "10.0.0.11/32",
      "::11-::12",
    );
    expect(textsOf(set)).toEqual(["10.0.0.0-10.0.0.9", "10.0.0.11/32", "::10-::12"]);
  });

  test("the end of IPv4 and the beginning of IPv6 do not touch", () => {
    expect(textsOf(setOf("255.255.255.255/32", "::/128"))).toEqual(["255.255.255.255/32", "::/128"]);
  });

  test("it counts each family with numbers of any size", () => {
    const set = setOf("10.0.0.0/24", "2001:db8::/32", "::/1");
    expect(set.count("IPv4")).toBe(256n);
    expect(set.count("IPv6")).toBe((1n << 127n) + 0n);
    expect(set.count()).toBe((1n << 127n) + 256n);
  });

  test("the empty set", () => {
    expect([AddressSet.empty.isEmpty, AddressSet.empty.count(), AddressSet.empty.ranges]).toEqual([
      true,
      0n,
      [],
    ]);
    expect(AddressSet.empty.has(ipAddress("IPv4", 0n))).toBe(false);
  });

  test("single addresses become ranges where they are neighbours", () => {
    const addresses = [3n, 1n, 2n, 9n].map((value) => ipAddress("IPv4", value));
    expect(textsOf(AddressSet.ofAddresses(addresses))).toEqual(["0.0.0.1-0.0.0.3", "0.0.0.9/32"]);
  });
});

describe("without the addresses that end in .0 and .255", () => {
  // Vectors of the reference, section 3.8.
  test.each([
    [["1.2.3.0/24"], 254n],
    [["1.2.3.0/24", "2.3.4.128/25"], 381n],
    [["1.2.3.0/31", "1000::/127"], 3n],
    [["1.2.3.0/32"], 0n],
    [["1.2.3.255-1.2.4.0"], 0n],
    [["0.0.0.0/0"], (1n << 32n) - (1n << 25n)],
    [["::/0"], 1n << 128n],
  ] as const)("%j has %s", (texts, count) => {
    const set = setOf(...texts).withoutBuggyAddresses();
    expect(set.count()).toBe(count);
    expect(set.isEmpty).toBe(count === 0n);
  });

  test("they are neither in the set nor in its ranges", () => {
    const set = setOf("10.0.0.254-10.0.2.1", "::/127").withoutBuggyAddresses();
    expect(textsOf(set)).toEqual(["10.0.0.254/32", "10.0.1.1-10.0.1.254", "10.0.2.1/32", "::/127"]);
    expect(set.has(ipAddress("IPv4", 0x0a00_00ffn))).toBe(false);
    expect(set.has(ipAddress("IPv6", 0n))).toBe(true);
  });

  test("the whole of IPv4 stays one range inside: counting and looking up do not list its 2^24 gaps", () => {
    const all = setOf("0.0.0.0/0").withoutBuggyAddresses();
    expect(all.subtract(setOf("10.0.0.0/8")).count()).toBe((all.count() / 256n) * 255n);
    const [first] = all.eachRange();
    expect(first && formatIpRange(first)).toBe("0.0.0.1-0.0.0.254");
  });
});

interface DumbSet {
  readonly set: AddressSet;
  readonly members: readonly IpAddress[];
}

/** A set of the small world together with the plain list of its members. */
const sets: fc.Arbitrary<DumbSet> = fc.tuple(smallRanges, fc.boolean()).map(([ranges, avoidsBuggy]) => {
  const solid = AddressSet.of(ranges);
  const inRanges = smallWorld.filter(({ family, value }) =>
    ranges.some((one) => one.family === family && one.first <= value && value <= one.last),
  );
  return {
    set: avoidsBuggy ? solid.withoutBuggyAddresses() : solid,
    members: avoidsBuggy ? inRanges.filter((address) => !isBuggyAddress(address)) : inRanges,
  };
});

function expectSame(set: AddressSet, members: readonly IpAddress[]): void {
  expect(smallWorld.filter((address) => set.has(address))).toEqual(members);
  expect(set.count()).toBe(BigInt(members.length));
  expect(set.isEmpty).toBe(members.length === 0);
  for (const family of ["IPv4", "IPv6"] as const) {
    expect(set.count(family)).toBe(BigInt(members.filter((address) => address.family === family).length));
  }
  expect([...set.eachRange()]).toEqual(set.ranges);
  expect(AddressSet.of(set.ranges).ranges).toEqual(set.ranges);
  expect([...set.ranges].sort(compareIpRanges)).toEqual(set.ranges);
}

describe("against a list of addresses", () => {
  test("members, count and ranges", () => {
    fc.assert(fc.property(sets, ({ set, members }) => expectSame(set, members)));
  });

  test("subtract", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const rest = a.members.filter((address) => !b.members.some((other) => sameIpAddress(address, other)));
        expectSame(a.set.subtract(b.set), rest);
      }),
      { numRuns: 300 },
    );
  });

  test("intersection", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const common = a.members.filter((address) =>
          b.members.some((other) => sameIpAddress(address, other)),
        );
        expectSame(a.set.intersection(b.set), common);
      }),
      { numRuns: 300 },
    );
  });
});
