import { describe, expect, test } from "@jest/globals";
import { type FamilyFacts, missingFamilies, type WantedFamilies, wantedFamilies } from "./wanted-families.ts";

// The table of the reference (metallb.md, section 3.3): families of the cluster IPs × policy.
describe("the families a Service wants", () => {
  const one = (family: "IPv4" | "IPv6"): WantedFamilies => ({ want: "one", family });
  const rows: readonly [FamilyFacts["clusterFamilies"], string | undefined, WantedFamilies][] = [
    [["IPv4"], "SingleStack", one("IPv4")],
    [["IPv6"], "SingleStack", one("IPv6")],
    [["IPv6"], undefined, one("IPv6")],
    // Quirk 8: on a cluster with one family, preferring two changes nothing.
    [["IPv4"], "PreferDualStack", one("IPv4")],
    [["IPv4"], "RequireDualStack", { want: "nothing", because: "NotEnoughClusterIps" }],
    [["IPv4", "IPv6"], "RequireDualStack", { want: "both" }],
    [["IPv4", "IPv6"], "PreferDualStack", { want: "both-if-possible", primary: "IPv4", secondary: "IPv6" }],
    [["IPv6", "IPv4"], "PreferDualStack", { want: "both-if-possible", primary: "IPv6", secondary: "IPv4" }],
    [["IPv6", "IPv4"], "SingleStack", one("IPv6")],
    [["IPv4", "IPv6"], undefined, one("IPv4")],
    [[], "PreferDualStack", { want: "nothing", because: "NoClusterIp" }],
  ];
  test.each(rows)("cluster IPs %j with policy %s", (clusterFamilies, ipFamilyPolicy, wanted) => {
    expect(wantedFamilies({ clusterFamilies, ipFamilyPolicy })).toEqual(wanted);
  });
});

describe("the families still missing", () => {
  test.each<[WantedFamilies, readonly ("IPv4" | "IPv6")[], readonly string[]]>([
    [{ want: "one", family: "IPv4" }, ["IPv4"], []],
    [{ want: "one", family: "IPv4" }, [], ["IPv4"]],
    [{ want: "both" }, ["IPv6"], ["IPv4"]],
    [{ want: "both" }, [], ["IPv4", "IPv6"]],
    [{ want: "both-if-possible", primary: "IPv6", secondary: "IPv4" }, ["IPv4"], ["IPv6"]],
    [{ want: "nothing", because: "NoClusterIp" }, [], []],
  ])("of %j with %j", (wanted, present, missing) => {
    expect(missingFamilies(wanted, present)).toEqual(missing);
  });
});
