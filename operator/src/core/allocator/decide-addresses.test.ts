import { describe, expect, test } from "@jest/globals";
import { type Pool } from "@steelyard/model/config";
import { builtOf, ips, poolOf, texts } from "../testing/pools.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressSubject, decideAddresses } from "./decide-addresses.ts";

const single: AddressSubject = {
  key: "shop/web",
  applicant: { namespace: "shop", labels: {} },
  wanted: { want: "one", family: "IPv4" },
  servedFamilies: ["IPv4"],
  request: undefined,
};
const prefersDual: AddressSubject = {
  ...single,
  wanted: { want: "both-if-possible", primary: "IPv4", secondary: "IPv6" },
  servedFamilies: ["IPv4", "IPv6"],
};
const requiresDual: AddressSubject = { ...prefersDual, wanted: { want: "both" } };

const edge = poolOf("edge", ["192.0.2.0/30"]);
const dual = poolOf("dual", ["198.51.100.0/30", "2001:db8::/64"]);

function decide(
  subject: AddressSubject,
  pools: readonly Pool[],
  book: { observed?: readonly string[]; reserved?: readonly string[]; refused?: readonly string[] } = {},
) {
  const held = new AddressBook();
  held.observe(subject.key, ips(...(book.observed ?? [])));
  held.reserve(subject.key, ips(...(book.reserved ?? [])));
  const built = builtOf(pools, { refusedPools: new Set(book.refused) });
  const { addresses, lost, outcome, isWaiting } = decideAddresses(subject, built, held);
  return { addresses: texts(addresses), lost: lost.map((one) => one.because), code: outcome.code, isWaiting };
}

const settled = { lost: [], code: "Allocated", isWaiting: false };

describe("a held address stays", () => {
  test.each<{ name: string; pool: Partial<Pool> }>([
    { name: "in a pool that gives nothing automatically", pool: { autoAssign: false } },
    {
      name: "in a pool that now serves other namespaces",
      pool: {
        serviceAllocation: { priority: undefined, namespaces: new Set(["other"]), serviceSelectors: [] },
      },
    },
    { name: "when the pool has another name", pool: { name: "renamed" } },
  ])("$name", ({ pool }) => {
    expect(decide(single, [{ ...edge, ...pool }], { observed: ["192.0.2.3"] })).toEqual({
      ...settled,
      addresses: ["192.0.2.3"],
    });
  });

  test("though the Service asks for another by request, which this version cannot serve", () => {
    const asking = { ...single, request: "metallb.io/loadBalancerIPs: 192.0.2.1" };
    expect(decide(asking, [edge], { observed: ["192.0.2.3"] })).toEqual({
      ...settled,
      addresses: ["192.0.2.3"],
    });
  });

  test("while a pool is refused for a fault and no pool in force contains it", () => {
    expect(decide(single, [dual], { observed: ["192.0.2.3"], refused: ["edge"] })).toEqual({
      addresses: ["192.0.2.3"],
      lost: [],
      code: "KeptWhilePoolRefused",
      isWaiting: false,
    });
  });

  test("in the order in which the status has them", () => {
    const observed = ["2001:db8::5", "198.51.100.1"];
    expect(decide(prefersDual, [dual], { observed })).toEqual({ ...settled, addresses: observed });
  });

  test("when it is reserved and the status does not show it yet", () => {
    expect(decide(single, [edge], { reserved: ["192.0.2.2"] })).toEqual({
      ...settled,
      addresses: ["192.0.2.2"],
    });
  });
});

describe("a held address is lost", () => {
  test("when its pool is gone, and another one is given", () => {
    expect(decide(single, [edge], { observed: ["203.0.113.9"] })).toEqual({
      addresses: ["192.0.2.0"],
      lost: ["in-no-pool"],
      code: "Allocated",
      isWaiting: false,
    });
  });

  test("when there is no pool at all", () => {
    expect(decide(single, [], { observed: ["192.0.2.3"] })).toEqual({
      addresses: [],
      lost: ["in-no-pool"],
      code: "NoPool",
      isWaiting: true,
    });
  });

  test("when the Service has no cluster IP of its family any more, and the other family stays", () => {
    expect(decide(single, [dual], { observed: ["198.51.100.1", "2001:db8::5"] })).toEqual({
      addresses: ["198.51.100.1"],
      lost: ["family-not-served"],
      code: "Allocated",
      isWaiting: false,
    });
  });

  test("when it lies in another pool than the first one, and is replaced from that pool", () => {
    const six = poolOf("six", ["2001:db8:6::/64"]);
    expect(decide(prefersDual, [dual, six], { observed: ["198.51.100.1", "2001:db8:6::1"] })).toEqual({
      addresses: ["198.51.100.1", "2001:db8::"],
      lost: ["in-another-pool"],
      code: "Allocated",
      isWaiting: false,
    });
  });

  test("but what is still reserved replaces it before anything new does", () => {
    const book = { observed: ["203.0.113.9"], reserved: ["192.0.2.2"] };
    expect(decide(single, [edge], book).addresses).toEqual(["192.0.2.2"]);
  });
});

describe("the second family", () => {
  test("stays the one that is reserved, even if the pool has no other", () => {
    const small = poolOf("small", ["198.51.100.0/30", "2001:db8::/128"]);
    const book = { observed: ["198.51.100.2"], reserved: ["198.51.100.2", "2001:db8::"] };
    expect(decide(prefersDual, [small], book)).toEqual({
      ...settled,
      addresses: ["198.51.100.2", "2001:db8::"],
    });
  });

  test("is added from the pool of the first when that pool becomes dual-stack", () => {
    expect(decide(prefersDual, [dual], { observed: ["198.51.100.2"] }).addresses).toEqual([
      "198.51.100.2",
      "2001:db8::",
    ]);
  });

  test.each([
    { name: "preferred", subject: prefersDual },
    { name: "required", subject: requiresDual },
  ])("does not move the first one when it is $name and the pool has none", ({ subject }) => {
    expect(decide(subject, [dual, edge], { observed: ["192.0.2.1"] })).toEqual({
      addresses: ["192.0.2.1"],
      lost: [],
      code: "SecondFamilyMissing",
      isWaiting: true,
    });
  });
});

describe("nothing is given", () => {
  const nothing = { addresses: [], lost: [], isWaiting: false };
  test.each<{
    name: string;
    subject: Partial<AddressSubject>;
    code: string;
    isWaiting?: boolean;
    pools?: Pool[];
  }>([
    {
      name: "without a cluster IP",
      subject: { wanted: { want: "nothing", because: "NoClusterIp" } },
      code: "NoClusterIp",
    },
    {
      name: "with one cluster IP where two are required",
      subject: { wanted: { want: "nothing", because: "NotEnoughClusterIps" } },
      code: "NotEnoughClusterIps",
    },
    {
      name: "to one that asks for a certain address",
      subject: { request: "x" },
      code: "RequestNotYetSupported",
    },
    { name: "without pools", subject: {}, code: "NoPool", isWaiting: true, pools: [] },
    {
      name: "when the pools are for others",
      subject: {},
      code: "NoPoolMatches",
      isWaiting: true,
      pools: [{ ...edge, autoAssign: false }],
    },
    {
      name: "when the pools lack the family",
      subject: { wanted: { want: "one", family: "IPv6" }, servedFamilies: ["IPv6"] },
      code: "FamilyMissing",
      isWaiting: true,
    },
  ])("$name", ({ subject, code, isWaiting = false, pools = [edge] }) => {
    expect(decide({ ...single, ...subject }, pools)).toEqual({ ...nothing, code, isWaiting });
  });

  test("when the only pool is refused", () => {
    expect(decide(single, [], { refused: ["edge"] })).toEqual({
      ...nothing,
      code: "PoolRefused",
      isWaiting: true,
    });
  });
});
