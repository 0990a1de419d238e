import { describe, expect, test } from "@jest/globals";
import { ip, ips, poolOf } from "../../testing/pools.ts";
import {
  type AddressConflict,
  type AddressOutcome,
  type ConsideredPool,
  type PoolVerdict,
  type SharingRefusal,
} from "../../allocator/index.ts";
import { allocatedCondition } from "./allocated-condition.ts";
import { explainPool } from "./explain-outcome.ts";

const where = { configNamespace: "metallb-system", serviceNamespace: "shop" };
const object = { kind: "IPAddressPool", namespace: "metallb-system", name: "edge" } as const;
const source = "annotation metallb.io/loadBalancerIPs: 192.0.2.7";
const selectors = [{ matchLabels: { app: "db" } }];

function say(outcome: AddressOutcome, held: readonly string[] = []): string {
  const decision = { addresses: ips(...held), lost: [], outcome, isWaiting: true };
  const { status, reason, message } = allocatedCondition(decision, where);
  return `${status} ${reason}: ${message}`;
}

describe("a verdict in words", () => {
  test.each<[PoolVerdict, string]>([
    [{ is: "full", family: "IPv4", held: 11n, total: 11n }, "is full (11 of 11 IPv4 addresses in use)"],
    [
      {
        is: "full",
        family: "IPv4",
        held: 1n,
        total: 1n,
        unshared: { address: ip("192.0.2.1"), holder: "shop/a", refusal: { rule: "backend" } },
      },
      "is full (1 of 1 IPv4 addresses in use; 192.0.2.1 has the same sharing key, but is held by shop/a, which sends " +
        "traffic to other pods or by another externalTrafficPolicy)",
    ],
    [{ is: "lacks-family", family: "IPv6" }, "has no IPv6 addresses"],
    [{ is: "not-automatic" }, "gives nothing automatically (autoAssign: false)"],
    [{ is: "other-namespaces", namespaces: ["a"] }, "serves only namespace a"],
    [{ is: "other-namespaces", namespaces: ["a", "b"] }, "serves only namespaces a, b"],
    [
      { is: "other-namespaces", namespaces: [] },
      "serves only namespaces that its namespaceSelectors match, and none does",
    ],
    [{ is: "other-services", selectors }, "serves only Services with labels app=db"],
    [{ is: "refused", problem: undefined }, "is refused"],
    [
      { is: "refused", problem: { kind: "wrong", object, path: "spec.addresses[0]", message: "no range" } },
      "is refused (spec.addresses[0]: no range)",
    ],
  ])("%p", (verdict, words) => {
    expect(explainPool({ pool: "edge", verdict })).toBe(`pool edge ${words}`);
  });
});

describe("the edit that is suggested when no pool gives anything", () => {
  const editFor = (...verdicts: readonly PoolVerdict[]): string | undefined => {
    const considered = verdicts.map((verdict, index) => ({ pool: `p${index}`, verdict }));
    return say({ code: "NoPoolMatches", considered }).split("; ").at(-1);
  };
  const manual: PoolVerdict = { is: "not-automatic" };
  const elsewhere: PoolVerdict = { is: "other-namespaces", namespaces: ["a"] };
  const others: PoolVerdict = { is: "other-services", selectors };
  const unshared = (refusal: SharingRefusal): PoolVerdict => ({
    is: "full",
    family: "IPv4",
    held: 1n,
    total: 1n,
    unshared: { address: ip("192.0.2.1"), holder: "shop/a", refusal },
  });

  test.each<[readonly PoolVerdict[], string]>([
    [
      [manual, { is: "lacks-family", family: "IPv6" }],
      "add a range of IPv6 addresses to spec.addresses of pool p1",
    ],
    [[manual, { is: "refused", problem: undefined }], "repair pool p1"],
    [
      [elsewhere, manual],
      "set spec.autoAssign of pool p1 to true, or ask for the pool by annotation metallb.io/address-pool",
    ],
    [[others, elsewhere], "add shop to spec.serviceAllocation.namespaces of pool p1"],
    [[others], "give the Service the labels app=db"],
    [
      [unshared({ rule: "port", port: "TCP/80" })],
      "add addresses to spec.addresses of pool p0, or delete a Service that holds one, or use another port than TCP/80",
    ],
    [
      [unshared({ rule: "backend", besides: { rule: "port", port: "TCP/80" } })],
      "add addresses to spec.addresses of pool p0, or delete a Service that holds one",
    ],
  ])("%#", (verdicts, edit) => {
    expect(editFor(...verdicts)).toBe(edit);
  });
});

describe("a request that cannot be followed, in words", () => {
  const conflict = (refusal: SharingRefusal): AddressConflict => ({
    address: ip("192.0.2.7"),
    holder: "shop/db",
    refusal,
  });
  const held = "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is held by shop/db";
  const edge = poolOf("edge", ["192.0.2.8/30", "2001:db8::/64"]);

  test.each<[AddressOutcome, string]>([
    [
      { code: "RequestMalformed", source, problem: "no address" },
      `the request (${source}) cannot be followed: no address; correct the request, or take it away`,
    ],
    [
      { code: "RequestedFamiliesDiffer", source, requested: ["IPv4"], served: ["IPv4", "IPv6"] },
      `${source} asks for IPv4, and the Service needs IPv4 and IPv6 for its cluster IPs; ` +
        "ask for one IPv4 and one IPv6 address",
    ],
    [
      {
        code: "RequestedAddressOutsidePools",
        source,
        address: ip("192.0.2.7"),
        pools: [edge],
        refusedPools: [],
      },
      "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is in none of the pools: pool edge (192.0.2.8/30, " +
        "2001:db8::/64); add 192.0.2.7/32 to spec.addresses of a pool, or ask for an address that lies in one",
    ],
    [
      {
        code: "RequestedAddressOutsidePools",
        source,
        address: ip("192.0.2.7"),
        pools: [],
        refusedPools: ["old"],
      },
      "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is in none of the pools: pool old is refused for a " +
        "fault; repair pool old",
    ],
    [
      { code: "RequestedAddressOutsidePools", source, address: ip("192.0.2.7"), pools: [], refusedPools: [] },
      "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is in none of the pools: there is none; add 192.0.2.7/32 " +
        "to spec.addresses of a pool, or ask for an address that lies in one",
    ],
    [
      { code: "RequestedAddressAvoided", source, address: ip("192.0.2.7"), pool: "edge" },
      "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is left out by pool edge (avoidBuggyIPs: true); ask for " +
        "another address, or set spec.avoidBuggyIPs of pool edge to false",
    ],
    [
      { code: "RequestedAddressesInTwoPools", source, pools: ["a", "b"] },
      `${source} asks for addresses of pools a and b, and both have to be from one pool; ` +
        "ask for two addresses of the same pool",
    ],
    [
      { code: "RequestedAddressHeld", source, conflict: conflict({ rule: "no-key", of: "both" }) },
      `${held}, and the two do not share it; ask for another address, or give this Service and shop/db the same ` +
        "annotation metallb.io/allow-shared-ip",
    ],
    [
      {
        code: "RequestedAddressHeld",
        source,
        conflict: conflict({ rule: "no-key", of: "both", besides: { rule: "backend" } }),
      },
      `${held}, and the two do not share it; ask for another address`,
    ],
    [
      { code: "SharingRefused", source, conflict: conflict({ rule: "key", mine: "a", theirs: "b" }) },
      `${held}, which shares by another key ("b", here "a"); ask for another address, or set annotation ` +
        'metallb.io/allow-shared-ip to "b"',
    ],
    [
      { code: "SharingRefused", source, conflict: conflict({ rule: "backend" }) },
      `${held}, which sends traffic to other pods or by another externalTrafficPolicy; ask for another address, or ` +
        "set externalTrafficPolicy of both Services to Cluster",
    ],
    [
      { code: "SharingRefused", source, conflict: conflict({ rule: "port", port: "TCP/80" }) },
      `${held}, which uses port TCP/80 too; ask for another address, or use another port than TCP/80`,
    ],
    [
      {
        code: "RequestedAddressNotAllowed",
        source,
        address: ip("192.0.2.7"),
        pool: "team",
        verdict: { is: "other-namespaces", namespaces: ["team"] },
      },
      "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is in a pool that is not allowed here: pool team serves " +
        "only namespace team; add shop to spec.serviceAllocation.namespaces of pool team",
    ],
    [
      { code: "RequestedPoolUnknown", source: "x", asked: "nowhere", pools: ["a", "b"] },
      "there is no pool nowhere (x), in force: a, b; create pool nowhere, or ask for one that exists",
    ],
    [
      { code: "RequestedPoolUnknown", source: "x", asked: "nowhere", pools: [] },
      "there is no pool nowhere (x), and none is in force; create pool nowhere",
    ],
    [
      {
        code: "RequestedPoolNotAllowed",
        source: "x",
        pool: "blue",
        verdict: { is: "other-services", selectors },
      },
      "the pool asked for (x) is not allowed here: pool blue serves only Services with labels app=db; give the " +
        "Service the labels app=db",
    ],
    [
      { code: "RequestedPoolDiffers", source, address: ip("192.0.2.7"), pool: "edge", asked: "dual" },
      "192.0.2.7 (annotation metallb.io/loadBalancerIPs) is in pool edge, and the Service asks for pool dual as " +
        "well; take the request for pool dual away, or ask for an address of that pool",
    ],
    [
      {
        code: "PoolsFull",
        source: "x",
        considered: [{ pool: "tiny", verdict: { is: "full", family: "IPv4", held: 1n, total: 1n } }],
      },
      "pool tiny is full (1 of 1 IPv4 addresses in use) (asked for by x); add addresses to spec.addresses of pool " +
        "tiny, or delete a Service that holds one",
    ],
  ])("%#", (outcome, words) => {
    expect(say(outcome)).toBe(`False ${outcome.code}: ${words}`);
    expect(say(outcome, ["10.0.0.1"])).toBe(`False ${outcome.code}: 10.0.0.1 stays: ${words}`);
  });
});

test("a listing too long for a condition ends with a count", () => {
  const considered: readonly ConsideredPool[] = Array.from({ length: 2000 }, (_, index) => ({
    pool: `pool-number-${index}`,
    verdict: { is: "not-automatic" },
  }));
  const message = say({ code: "NoPoolMatches", considered });
  expect(message.length).toBeLessThan(32_768);
  const named = message.match(/gives nothing/g)?.length ?? 0;
  expect(message).toContain(`; and ${2000 - named} more; set spec.autoAssign of pool pool-number-0 to true`);
});

test("a pool with thousands of namespaces or labels is told with the first ones, even if it is the first pool", () => {
  const many = Array.from({ length: 3000 }, (_, index) => `namespace-number-${index}`);
  const inWords = explainPool({ pool: "a", verdict: { is: "other-namespaces", namespaces: many } });
  expect(inWords).toBe(`pool a serves only namespaces ${many.slice(0, 10).join(", ")} and 2990 more`);
  const values = [{ matchExpressions: [{ key: "app", operator: "In", values: many } as const] }];
  const verdict: PoolVerdict = { is: "other-services", selectors: values };
  const message = say({ code: "NoPoolMatches", considered: [{ pool: "a", verdict }] });
  expect(message).toMatch(
    /^False NoPoolMatches: pool a serves only Services with labels app in \(namespace-/,
  );
  expect(message.length).toBeLessThan(5_000);
});
