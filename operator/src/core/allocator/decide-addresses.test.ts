import { describe, expect, test } from "@jest/globals";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { builtOf, ip, ips, poolOf, texts } from "../testing/pools.ts";
import { subjectOf } from "../testing/subjects.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressSubject } from "./address-subject.ts";
import { decideAddresses } from "./decide-addresses.ts";

const single = subjectOf("shop/web", "v4");
const prefersDual = subjectOf("shop/web", "prefer");
const requiresDual = subjectOf("shop/web", "require");

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
  return {
    addresses: texts(addresses),
    lost: lost.map(({ cause }) => cause.is),
    code: outcome.code,
    isWaiting,
  };
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

  describe("when somebody writes into the status", () => {
    const held = new AddressBook();
    const decided = (shown: readonly string[]) => {
      held.observe(single.key, ips(...shown));
      return texts(decideAddresses(single, builtOf([edge]), held).addresses);
    };

    test("another address of the pool in its place", () => {
      held.observe(single.key, ips("192.0.2.1"));
      held.reserve(single.key, ips("192.0.2.1"));
      expect(decided(["192.0.2.2"])).toEqual(["192.0.2.1"]);
      expect(decided([])).toEqual(["192.0.2.1"]);
    });

    describe("addresses that were never ours", () => {
      const lostUnder = (pools: readonly Pool[], subject: AddressSubject = single) => {
        held.observe(single.key, ips("192.0.2.1"));
        held.reserve(single.key, ips("192.0.2.1"));
        held.observe(single.key, ips("10.0.0.1", "192.0.2.2"));
        return texts(decideAddresses(subject, builtOf(pools), held).lost.map(({ address }) => address));
      };

      test("of which none is lost", () => {
        expect(lostUnder([edge])).toEqual([]);
      });

      test("so what was there before is lost with its pool", () => {
        expect(lostUnder([poolOf("two", ["192.0.2.2/32"])])).toEqual(["192.0.2.1"]);
      });

      test("or by a request", () => {
        const request = {
          asks: "addresses",
          addresses: ips("192.0.2.3"),
          pool: undefined,
          source: "",
        } as const;
        expect(lostUnder([edge], { ...single, request })).toEqual(["192.0.2.1"]);
      });
    });

    test("nothing, but what was decided has not been written yet", () => {
      held.observe(single.key, ips("192.0.2.1"));
      held.reserve(single.key, ips("192.0.2.3"));
      expect(decided(["192.0.2.1"])).toEqual(["192.0.2.1"]);
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

  test("together with the other one, though an edit has left them in two pools", () => {
    const six = poolOf("six", ["2001:db8:6::/64"]);
    const observed = ["198.51.100.1", "2001:db8:6::1"];
    expect(decide(prefersDual, [dual, six], { observed })).toEqual({ ...settled, addresses: observed });
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

describe("what a Service remembers of a pool that went away", () => {
  const remembering = (...addresses: readonly string[]): Partial<AddressSubject> => ({
    remembered: ips(...addresses),
  });

  test("is what it gets when the pool is back, not the lowest free address", () => {
    expect(decide({ ...single, ...remembering("192.0.2.2") }, [edge]).addresses).toEqual(["192.0.2.2"]);
  });

  test("comes with the second family, which is new", () => {
    const subject = { ...prefersDual, ...remembering("198.51.100.2") };
    expect(decide(subject, [edge, dual])).toEqual({ ...settled, addresses: ["198.51.100.2", "2001:db8::"] });
  });

  test("is both families, though the status had IPv6 first", () => {
    const subject = { ...requiresDual, ...remembering("2001:db8::7", "198.51.100.2") };
    expect(decide(subject, [dual]).addresses).toEqual(["198.51.100.2", "2001:db8::7"]);
  });

  test("of the second family comes back from its own pool", () => {
    const six = poolOf("six", ["2001:db8:6::/64"]);
    const subject = { ...prefersDual, ...remembering("2001:db8:6::7") };
    const book = { observed: ["198.51.100.2"] };
    const addresses = ["198.51.100.2", "2001:db8:6::7"];
    expect(decide(subject, [dual, six], book)).toEqual({ ...settled, addresses });
    expect(decide(subject, [dual, six], { ...book, reserved: addresses })).toEqual({ ...settled, addresses });
  });

  test("completes what is held", () => {
    const subject = { ...prefersDual, ...remembering("2001:db8::7") };
    expect(decide(subject, [dual], { observed: ["198.51.100.2"] }).addresses).toEqual([
      "198.51.100.2",
      "2001:db8::7",
    ]);
  });

  test.each<{ name: string; subject: AddressSubject; pools: readonly Pool[]; gives: readonly string[] }>([
    {
      name: "no pool contains it",
      subject: { ...single, ...remembering("203.0.113.1") },
      pools: [edge],
      gives: ["192.0.2.0"],
    },
    {
      name: "the pool serves others by now",
      subject: { ...single, ...remembering("192.0.2.2") },
      pools: [
        {
          ...edge,
          serviceAllocation: { priority: undefined, namespaces: new Set(["a"]), serviceSelectors: [] },
        },
        dual,
      ],
      gives: ["198.51.100.0"],
    },
    {
      name: "it is half of what the Service must have, and another pool has both",
      subject: { ...requiresDual, ...remembering("192.0.2.2") },
      pools: [edge, dual],
      gives: ["198.51.100.0", "2001:db8::"],
    },
    {
      name: "its family is not wanted any more",
      subject: { ...single, ...remembering("2001:db8::7") },
      pools: [dual],
      gives: ["198.51.100.0"],
    },
  ])("counts for nothing when $name", ({ subject, pools, gives }) => {
    expect(decide(subject, pools).addresses).toEqual(gives);
  });

  test("is somebody else's by now: a new one", () => {
    const held = new AddressBook();
    held.observe("shop/other", ips("192.0.2.2"));
    const { addresses } = decideAddresses({ ...single, ...remembering("192.0.2.2") }, builtOf([edge]), held);
    expect(texts(addresses)).toEqual(["192.0.2.0"]);
  });
});

describe("a second address of one family that somebody wrote into the status", () => {
  const surplus = { lost: ["surplus"], code: "Allocated", isWaiting: false };

  test("goes, and the one that was decided stays, wherever it stands", () => {
    const observed = ["192.0.2.3", "192.0.2.1"];
    expect(decide(single, [edge], { observed, reserved: ["192.0.2.1"] })).toEqual({
      ...surplus,
      addresses: ["192.0.2.1"],
    });
  });

  test("goes at a start too: the first one stays", () => {
    expect(decide(single, [edge], { observed: ["192.0.2.3", "192.0.2.1"] })).toEqual({
      ...surplus,
      addresses: ["192.0.2.3"],
    });
  });
});

describe("a pool that is refused for a fault", () => {
  const claiming = (...entries: readonly string[]): BuiltConfig => {
    const refused = new Map([["b", { name: "b", labels: {}, claims: poolOf("b", entries).ranges }]]);
    return builtOf([edge], {
      config: { pools: [edge], bgpPeers: [], refused },
      refusedPools: new Set(["b"]),
    });
  };
  const decideIn = (built: BuiltConfig, fromPool?: string) => {
    const held = new AddressBook();
    held.observe(single.key, ips("203.0.113.9"));
    const { addresses, outcome } = decideAddresses({ ...single, fromPool }, built, held);
    return [texts(addresses), outcome.code];
  };

  test("keeps what it has given, though its present form, which is not in force, is about other addresses", () => {
    expect(decideIn(claiming("10.0.0.0/24"), "b")).toEqual([["203.0.113.9"], "KeptWhilePoolRefused"]);
  });

  test("keeps the addresses that it may contain, and no others: a pool elsewhere can be shrunk", () => {
    expect(decideIn(claiming("203.0.113.0/24"))).toEqual([["203.0.113.9"], "KeptWhilePoolRefused"]);
    expect(decideIn(claiming("10.0.0.0/24"))).toEqual([["192.0.2.0"], "Allocated"]);
  });
});

describe("two Services show one address that they do not share", () => {
  test("the one that had it first keeps it, the other one gets a new one", () => {
    const held = new AddressBook();
    held.observe("shop/first", ips("192.0.2.2"));
    held.observe(single.key, ips("192.0.2.2"));
    const first = decideAddresses(subjectOf("shop/first", "v4"), builtOf([edge]), held);
    expect([texts(first.addresses), first.lost]).toEqual([["192.0.2.2"], []]);
    const second = decideAddresses(single, builtOf([edge]), held);
    expect(texts(second.addresses)).toEqual(["192.0.2.0"]);
    const refusal = { rule: "no-key", of: "both" };
    const conflict = { address: ip("192.0.2.2"), holder: "shop/first", refusal };
    expect(second.lost).toEqual([{ address: ip("192.0.2.2"), cause: { is: "held-by-another", conflict } }]);
  });

  test("a foreign one takes nothing away", () => {
    const held = new AddressBook();
    held.observe("other/foreign", ips("192.0.2.2"), { sharing: undefined, isForeign: true });
    held.observe(single.key, ips("192.0.2.2"));
    expect(texts(decideAddresses(single, builtOf([edge]), held).addresses)).toEqual(["192.0.2.2"]);
  });
});
