import { describe, expect, test } from "@jest/globals";
import { type BuiltConfig } from "@steelyard/model/config";
import { builtOf, ip, ips, poolOf, texts } from "../testing/pools.ts";
import { type FamilyKind, subjectOf } from "../testing/subjects.ts";
import { AddressBook } from "./address-book.ts";
import { type AddressRequest } from "./address-request.ts";
import { type AddressSubject } from "./address-subject.ts";
import { decideAddresses } from "./decide-addresses.ts";
import { type Sharing } from "./sharing.ts";

const source = "the request";
const edge = poolOf("edge", ["192.0.2.0/30"]);
const dual = poolOf("dual", ["198.51.100.0/30", "2001:db8::/64"], { autoAssign: false });
const team = poolOf("team", ["203.0.113.0/30"], {
  serviceAllocation: { priority: undefined, namespaces: new Set(["team"]), serviceSelectors: [] },
});
const blue = poolOf("blue", ["203.0.113.8/30"], {
  serviceAllocation: {
    priority: undefined,
    namespaces: undefined,
    serviceSelectors: [{ matchLabels: { color: "blue" } }],
  },
});
const all = [edge, dual, team, blue];

const http: Sharing = { key: "k", backend: "", ports: ["TCP/80"] };

function asksFor(...addresses: readonly string[]): AddressRequest {
  return { asks: "addresses", addresses: ips(...addresses), pool: undefined, source };
}

function asksPool(pool: string): AddressRequest {
  return { asks: "pool", pool, source };
}

interface Scene {
  readonly kind?: FamilyKind;
  readonly rest?: Partial<AddressSubject>;
  readonly observed?: readonly string[];
  readonly others?: Readonly<Record<string, readonly [string, Sharing?]>>;
  readonly built?: BuiltConfig;
}

function decide(request: AddressRequest, scene: Scene = {}) {
  const { kind = "v4", rest = {}, observed = [], others = {}, built = builtOf(all) } = scene;
  const subject = subjectOf("shop/web", kind, { request, ...rest });
  const held = new AddressBook();
  for (const [key, [address, sharing]] of Object.entries(others))
    held.observe(key, [ip(address)], { sharing, isForeign: false });
  held.observe(subject.key, ips(...observed));
  const decision = decideAddresses(subject, built, held);
  held.reserve(subject.key, decision.addresses);
  expect(decideAddresses(subject, built, held)).toEqual(decision);
  return decision;
}

function summary(request: AddressRequest, scene?: Scene) {
  const { addresses, outcome, isWaiting, lost } = decide(request, scene);
  const told = { addresses: texts(addresses), code: outcome.code, isWaiting };
  return lost.length === 0 ? told : { ...told, lost: lost.map(({ cause }) => cause.is) };
}

describe("a requested address (reference metallb.md, section 3.3 a)", () => {
  const given = (...addresses: readonly string[]) => ({ addresses, code: "Allocated", isWaiting: false });

  test.each<{ name: string; request: AddressRequest; scene?: Scene; gives: readonly string[] }>([
    { name: "that is free", request: asksFor("192.0.2.2"), gives: ["192.0.2.2"] },
    {
      name: "of a pool that gives nothing automatically",
      request: asksFor("198.51.100.3"),
      gives: ["198.51.100.3"],
    },
    {
      name: "of each family, for two cluster IPs",
      request: asksFor("198.51.100.1", "2001:db8::9"),
      scene: { kind: "prefer" },
      gives: ["198.51.100.1", "2001:db8::9"],
    },
    {
      name: "that others share by the same key",
      request: asksFor("192.0.2.2"),
      scene: {
        rest: { sharing: http },
        others: { "shop/dns": ["192.0.2.2", { ...http, ports: ["UDP/53"] }] },
      },
      gives: ["192.0.2.2"],
    },
    {
      name: "that it holds, though the pool is for others by now",
      request: asksFor("203.0.113.2"),
      scene: { observed: ["203.0.113.2"] },
      gives: ["203.0.113.2"],
    },
  ])("$name is given", ({ request, scene, gives }) => {
    expect(summary(request, scene)).toEqual(given(...gives));
  });

  test.each<{
    name: string;
    request: AddressRequest;
    scene?: Scene;
    code: string;
    isWaiting?: boolean;
  }>([
    {
      name: "when it cannot be understood",
      request: { asks: "malformed", problem: "no address", source },
      code: "RequestMalformed",
      isWaiting: false,
    },
    {
      name: "of a family without a cluster IP",
      request: asksFor("2001:db8::9"),
      code: "RequestedFamiliesDiffer",
      isWaiting: false,
    },
    {
      name: "of one family for two cluster IPs",
      request: asksFor("198.51.100.1"),
      scene: { kind: "prefer" },
      code: "RequestedFamiliesDiffer",
      isWaiting: false,
    },
    {
      name: "of two families for one cluster IP",
      request: asksFor("198.51.100.1", "2001:db8::9"),
      code: "RequestedFamiliesDiffer",
      isWaiting: false,
    },
    { name: "outside all pools", request: asksFor("10.9.9.9"), code: "RequestedAddressOutsidePools" },
    {
      name: "that a pool leaves out as buggy",
      request: asksFor("192.0.2.0"),
      scene: { built: builtOf([poolOf("edge", ["192.0.2.0/30"], { avoidBuggyIps: true })]) },
      code: "RequestedAddressAvoided",
    },
    {
      name: "of two pools",
      request: asksFor("192.0.2.1", "2001:db8::9"),
      scene: { kind: "prefer" },
      code: "RequestedAddressesInTwoPools",
    },
    {
      name: "that another Service holds",
      request: asksFor("192.0.2.2"),
      scene: { others: { "shop/db": ["192.0.2.2"] } },
      code: "RequestedAddressHeld",
    },
    {
      name: "that is shared by another key",
      request: asksFor("192.0.2.2"),
      scene: { rest: { sharing: { ...http, key: "j" } }, others: { "shop/db": ["192.0.2.2", http] } },
      code: "SharingRefused",
    },
    {
      name: "with a port that is taken",
      request: asksFor("192.0.2.2"),
      scene: { rest: { sharing: http }, others: { "shop/db": ["192.0.2.2", http] } },
      code: "SharingRefused",
    },
    {
      name: "of a pool for other namespaces",
      request: asksFor("203.0.113.1"),
      code: "RequestedAddressNotAllowed",
    },
    {
      name: "of a pool for other Services",
      request: asksFor("203.0.113.9"),
      code: "RequestedAddressNotAllowed",
    },
    {
      name: "with another pool named besides",
      request: { asks: "addresses", addresses: ips("192.0.2.1"), pool: "dual", source },
      code: "RequestedPoolDiffers",
    },
  ])(
    "$name is not given: nothing is, and what is held stays",
    ({ request, scene, code, isWaiting = true }) => {
      expect(summary(request, scene)).toEqual({ addresses: [], code, isWaiting });
      const observed = scene?.kind === "prefer" ? ["198.51.100.2", "2001:db8::2"] : ["192.0.2.3"];
      expect(summary(request, { ...scene, observed })).toEqual({ addresses: observed, code, isWaiting });
    },
  );

  test("takes the place of the one that is held, and the loss names the request", () => {
    expect(summary(asksFor("192.0.2.2"), { observed: ["192.0.2.3"] })).toEqual({
      ...given("192.0.2.2"),
      lost: ["request"],
    });
  });

  test("of both families leaves the one in its place that is there already", () => {
    const scene: Scene = { kind: "prefer", observed: ["2001:db8::9", "198.51.100.2"] };
    expect(summary(asksFor("198.51.100.1", "2001:db8::9"), scene)).toEqual({
      ...given("2001:db8::9", "198.51.100.1"),
      lost: ["request"],
    });
  });

  test("of both families that are held are kept, though an edit has left them in two pools", () => {
    const scene: Scene = { kind: "prefer", observed: ["192.0.2.1", "2001:db8::9"] };
    expect(summary(asksFor("192.0.2.1", "2001:db8::9"), scene)).toEqual(given("192.0.2.1", "2001:db8::9"));
  });

  test("that is held is kept while its pool is refused", () => {
    const built = builtOf([], { refusedPools: new Set(["edge"]) });
    expect(summary(asksFor("192.0.2.3"), { observed: ["192.0.2.3"], built })).toEqual({
      addresses: ["192.0.2.3"],
      code: "KeptWhilePoolRefused",
      isWaiting: false,
    });
  });
});

describe("a requested pool (section 3.3 b)", () => {
  test("gives its lowest address, also when it gives nothing automatically", () => {
    expect(summary(asksPool("dual"))).toEqual({
      addresses: ["198.51.100.0"],
      code: "Allocated",
      isWaiting: false,
    });
    expect(summary(asksPool("dual"), { kind: "prefer" }).addresses).toEqual(["198.51.100.0", "2001:db8::"]);
  });

  test("that the Service is in already leaves it where it is", () => {
    expect(summary(asksPool("dual"), { observed: ["198.51.100.3"] })).toEqual({
      addresses: ["198.51.100.3"],
      code: "Allocated",
      isWaiting: false,
    });
  });

  test.each<{ name: string; fromPool: string; observed: readonly string[]; kind: FamilyKind }>([
    { name: "the one address", fromPool: "dual", observed: ["192.0.2.3"], kind: "v4" },
    { name: "one of the two", fromPool: "other", observed: ["192.0.2.3", "2001:db8::9"], kind: "prefer" },
  ])("that the Service was given once is not asked for anew when an edit leaves $name elsewhere", (scene) => {
    const { fromPool, observed, kind } = scene;
    expect(summary(asksPool("dual"), { kind, observed, rest: { fromPool } })).toEqual({
      addresses: observed,
      code: "Allocated",
      isWaiting: false,
    });
  });

  test("moves a Service that holds an address of another one, once it has room", () => {
    const moved = { addresses: ["198.51.100.0"], code: "Allocated", isWaiting: false, lost: ["request"] };
    expect(summary(asksPool("dual"), { observed: ["192.0.2.3"] })).toEqual(moved);
  });

  test.each<{ name: string; pool: string; scene?: Scene; code: string }>([
    { name: "does not exist", pool: "nowhere", code: "RequestedPoolUnknown" },
    { name: "is for other namespaces", pool: "team", code: "RequestedPoolNotAllowed" },
    { name: "is for other Services", pool: "blue", code: "RequestedPoolNotAllowed" },
    { name: "lacks the family", pool: "edge", scene: { kind: "v6" }, code: "FamilyMissing" },
    {
      name: "is full",
      pool: "tiny",
      scene: {
        built: builtOf([poolOf("tiny", ["10.0.0.1/32"]), edge, dual]),
        others: { "shop/a": ["10.0.0.1"] },
      },
      code: "PoolsFull",
    },
    {
      name: "is refused",
      pool: "broken",
      scene: { built: builtOf(all, { refusedPools: new Set(["broken"]) }) },
      code: "PoolRefused",
    },
  ])("that $name gives nothing, and what is held stays", ({ pool, scene, code }) => {
    expect(summary(asksPool(pool), scene)).toEqual({ addresses: [], code, isWaiting: true });
    const observed = scene?.kind === "v6" ? ["2001:db8::4"] : ["192.0.2.3"];
    expect(summary(asksPool(pool), { ...scene, observed })).toEqual({
      addresses: observed,
      code,
      isWaiting: true,
    });
  });
});
