import { describe, expect, test } from "@jest/globals";
import { builtOf, ip, poolOf, texts } from "../testing/pools.ts";
import { AddressBook } from "./address-book.ts";
import { allocate } from "./allocate.ts";
import { type WantedFamilies } from "./wanted-families.ts";

const v4: WantedFamilies = { want: "one", family: "IPv4" };
const v6: WantedFamilies = { want: "one", family: "IPv6" };
const both: WantedFamilies = { want: "both" };
const preferV4: WantedFamilies = { want: "both-if-possible", primary: "IPv4", secondary: "IPv6" };
const preferV6: WantedFamilies = { want: "both-if-possible", primary: "IPv6", secondary: "IPv4" };
const seeker = { key: "shop/web", sharing: undefined, remembered: [] };
const applicant = { namespace: "shop", labels: { app: "web" } };
const allocation = { priority: undefined, namespaces: undefined, serviceSelectors: [] };

function bookHolding(...held: readonly string[]): AddressBook {
  const book = new AddressBook();
  held.forEach((text, index) => book.observe(`other/${index}`, [ip(text)]));
  return book;
}

describe("the address that is chosen", () => {
  const v4Pool = poolOf("a", ["192.0.2.20/30", "192.0.2.1-192.0.2.2"]);
  const dualPool = poolOf("d", ["192.0.2.8/30", "2001:db8::/64"]);
  const v6Pool = poolOf("six", ["2001:db8:6::/64"]);
  test.each([
    { name: "the lowest of the first entry", wanted: v4, pools: [v4Pool], held: [], gives: ["192.0.2.20"] },
    {
      name: "the lowest gap",
      wanted: v4,
      pools: [v4Pool],
      held: ["192.0.2.20", "192.0.2.22"],
      gives: ["192.0.2.21"],
    },
    {
      name: "the second entry when the first is full, in the order of the spec",
      wanted: v4,
      pools: [v4Pool],
      held: ["192.0.2.20", "192.0.2.21", "192.0.2.22", "192.0.2.23"],
      gives: ["192.0.2.1"],
    },
    {
      name: "a pool of the family wanted",
      wanted: v6,
      pools: [v4Pool, v6Pool],
      held: [],
      gives: ["2001:db8:6::"],
    },
    {
      name: "both of one pool, IPv4 first",
      wanted: both,
      pools: [v4Pool, v6Pool, dualPool],
      held: [],
      gives: ["192.0.2.8", "2001:db8::"],
    },
    {
      name: "nothing rather than both of two pools",
      wanted: both,
      pools: [v4Pool, v6Pool],
      held: [],
      gives: [],
    },
    {
      name: "both if possible, though an earlier pool has one",
      wanted: preferV4,
      pools: [v4Pool, dualPool],
      held: [],
      gives: ["192.0.2.8", "2001:db8::"],
    },
    {
      name: "else the primary family",
      wanted: preferV6,
      pools: [v4Pool, v6Pool],
      held: [],
      gives: ["2001:db8:6::"],
    },
    { name: "else the secondary family", wanted: preferV6, pools: [v4Pool], held: [], gives: ["192.0.2.20"] },
    {
      name: "a dedicated single-stack pool before an open dual-stack one (section 3.3)",
      wanted: preferV4,
      pools: [dualPool, { ...v6Pool, serviceAllocation: allocation }],
      held: [],
      gives: ["2001:db8:6::"],
    },
  ])("is $name", ({ wanted, pools, held, gives }) => {
    const { assigned } = allocate({ ...seeker, applicant, wanted }, builtOf(pools), bookHolding(...held));
    expect(texts(assigned?.addresses ?? [])).toEqual(gives);
  });

  test("skips addresses that avoidBuggyIPs takes out", () => {
    const pool = poolOf("buggy", ["192.0.2.0/24"], { avoidBuggyIps: true });
    const { assigned } = allocate({ ...seeker, applicant, wanted: v4 }, builtOf([pool]), new AddressBook());
    expect(texts(assigned?.addresses ?? [])).toEqual(["192.0.2.1"]);
  });
});

describe("the order of the pools", () => {
  const withPriority = (name: string, address: string, priority: number | undefined) =>
    poolOf(name, [address], { serviceAllocation: { ...allocation, priority } });

  // The table of the reference (section 3.5): priority 10, then 20, then none; open pools come last, by name.
  test("is priority, then no priority, then open pools by name", () => {
    const built = builtOf([
      poolOf("open-b", ["192.0.2.5/32"]),
      poolOf("open-a", ["192.0.2.4/32"]),
      withPriority("none", "192.0.2.3/32", undefined),
      withPriority("twenty", "192.0.2.2/32", 20),
      withPriority("ten-b", "192.0.2.7/32", 10),
      withPriority("ten", "192.0.2.1/32", 10),
    ]);
    const book = new AddressBook();
    const order = [];
    for (let index = 0; ; index++) {
      const { assigned } = allocate({ ...seeker, applicant, wanted: v4 }, built, book);
      if (assigned === undefined) break;
      order.push(assigned.pool.name);
      book.reserve(`shop/${index}`, assigned.addresses);
    }
    expect(order).toEqual(["ten", "ten-b", "twenty", "none", "open-a", "open-b"]);
  });
});

describe("when nothing is assigned", () => {
  test("every pool is named with what stands in the way", () => {
    const built = builtOf(
      [
        poolOf("full", ["192.0.2.10/31"]),
        poolOf("six", ["2001:db8::/64"]),
        poolOf("manual", ["198.51.100.0/24"], { autoAssign: false }),
        poolOf("theirs", ["198.51.101.0/24"], {
          serviceAllocation: { ...allocation, namespaces: new Set(["team-b", "team-a"]) },
        }),
        poolOf("labelled", ["198.51.102.0/24"], {
          serviceAllocation: { ...allocation, serviceSelectors: [{ matchLabels: { app: "db" } }] },
        }),
      ],
      { refusedPools: new Set(["broken"]) },
    );
    const book = bookHolding("192.0.2.10", "192.0.2.11");
    expect(allocate({ ...seeker, applicant, wanted: v4 }, built, book)).toEqual({
      assigned: undefined,
      considered: [
        { pool: "full", verdict: { is: "full", family: "IPv4", held: 2n, total: 2n } },
        { pool: "six", verdict: { is: "lacks-family", family: "IPv4" } },
        { pool: "broken", verdict: { is: "refused", problem: undefined } },
        { pool: "labelled", verdict: { is: "other-services", selectors: [{ matchLabels: { app: "db" } }] } },
        { pool: "manual", verdict: { is: "not-automatic" } },
        { pool: "theirs", verdict: { is: "other-namespaces", namespaces: ["team-a", "team-b"] } },
      ],
    });
  });

  test("a namespace selector that matches nothing restricts the pool to nobody (quirk 6)", () => {
    const nobody = poolOf("a", ["192.0.2.0/24"], {
      serviceAllocation: { ...allocation, namespaces: new Set() },
    });
    const { assigned, considered } = allocate(
      { ...seeker, applicant, wanted: v4 },
      builtOf([nobody]),
      new AddressBook(),
    );
    expect(assigned).toBeUndefined();
    expect(considered).toEqual([{ pool: "a", verdict: { is: "other-namespaces", namespaces: [] } }]);
  });

  test("a dual-stack pool that is full of one family is called full, not short of the other", () => {
    const { considered } = allocate(
      { ...seeker, applicant, wanted: preferV4 },
      builtOf([poolOf("a", ["192.0.2.1/32"])]),
      bookHolding("192.0.2.1"),
    );
    expect(considered).toEqual([{ pool: "a", verdict: { is: "full", family: "IPv4", held: 1n, total: 1n } }]);
  });
});
