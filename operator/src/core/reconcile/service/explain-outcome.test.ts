import { describe, expect, test } from "@jest/globals";
import { type ConsideredPool, type PoolVerdict } from "../../allocator/index.ts";
import { explainPoolOutcome, explainVerdict } from "./explain-outcome.ts";

const where = { configNamespace: "metallb-system", serviceNamespace: "shop" };
const object = { kind: "IPAddressPool", namespace: "metallb-system", name: "edge" };

describe("a verdict in words", () => {
  test.each<[PoolVerdict, string]>([
    [{ is: "offers" }, "has a free address"],
    [{ is: "full", family: "IPv4", held: 11n, total: 11n }, "is full (11 of 11 IPv4 addresses in use)"],
    [{ is: "lacks-family", family: "IPv6" }, "has no IPv6 addresses"],
    [{ is: "not-automatic" }, "gives nothing automatically (autoAssign: false)"],
    [{ is: "other-namespaces", namespaces: ["a"] }, "serves only namespace a"],
    [{ is: "other-namespaces", namespaces: ["a", "b"] }, "serves only namespaces a, b"],
    [
      { is: "other-namespaces", namespaces: [] },
      "serves only namespaces that its namespaceSelectors match, and none does",
    ],
    [{ is: "other-services" }, "serves only Services that its serviceSelectors match"],
    [{ is: "refused", problem: undefined }, "is refused"],
    [
      { is: "refused", problem: { kind: "wrong", object, path: "spec.addresses[0]", message: "no range" } },
      "is refused (spec.addresses[0]: no range)",
    ],
  ])("%j", (verdict, words) => {
    expect(explainVerdict(verdict)).toBe(words);
  });
});

describe("the edit that is suggested", () => {
  const editFor = (...verdicts: readonly PoolVerdict[]): string | undefined => {
    const considered = verdicts.map((verdict, index) => ({ pool: `p${index}`, verdict }));
    return explainPoolOutcome({ code: "NoPoolMatches", considered }, where).split("; ").at(-1);
  };
  const manual: PoolVerdict = { is: "not-automatic" };
  const elsewhere: PoolVerdict = { is: "other-namespaces", namespaces: ["a"] };

  test.each<[readonly PoolVerdict[], string]>([
    [
      [manual, { is: "lacks-family", family: "IPv6" }],
      "add a range of IPv6 addresses to spec.addresses of pool p1",
    ],
    [[manual, { is: "refused", problem: undefined }], "repair pool p1"],
    [[elsewhere, manual], "set spec.autoAssign of pool p1 to true"],
    [[{ is: "other-services" }, elsewhere], "add shop to spec.serviceAllocation.namespaces of pool p1"],
    [[{ is: "other-services" }], "give the Service labels that a pool's serviceSelectors match"],
  ])("for %j", (verdicts, edit) => {
    expect(editFor(...verdicts)).toBe(edit);
  });
});

test("a listing too long for a condition ends with a count", () => {
  const considered: readonly ConsideredPool[] = Array.from({ length: 2000 }, (_, index) => ({
    pool: `pool-number-${index}`,
    verdict: { is: "not-automatic" },
  }));
  const message = explainPoolOutcome({ code: "NoPoolMatches", considered }, where);
  expect(message.length).toBeLessThan(32_768);
  const named = message.match(/gives nothing/g)?.length ?? 0;
  expect(message).toContain(
    `; and ${2000 - named} more pools; set spec.autoAssign of pool pool-number-0 to true`,
  );
});
