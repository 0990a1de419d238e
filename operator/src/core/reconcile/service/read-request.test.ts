import { describe, expect, test } from "@jest/globals";
import { ips } from "../../testing/pools.ts";
import { serviceOf } from "../../testing/services.ts";
import { deprecatedAnnotations, readRequest } from "./read-request.ts";

const byAnnotation = "metallb.io/loadBalancerIPs";
type Parts = Parameters<typeof serviceOf>[1];

describe("what a Service asks for (reference metallb.md, section 3.1)", () => {
  test.each<[string, Parts, object]>([
    ["nothing", {}, { asks: "nothing" }],
    [
      "nothing with an empty annotation",
      { annotations: { "metallb.io/address-pool": " " } },
      { asks: "nothing" },
    ],
    ["nothing with an empty field", { spec: { loadBalancerIP: "" } }, { asks: "nothing" }],
    [
      "nothing with a sharing key",
      { annotations: { "metallb.io/allow-shared-ip": "k" } },
      { asks: "nothing" },
    ],
    [
      "an address",
      { annotations: { [byAnnotation]: " 192.0.2.1 " } },
      { asks: "addresses", addresses: ips("192.0.2.1"), source: `annotation ${byAnnotation}: 192.0.2.1` },
    ],
    [
      "one of each family, IPv4 first however it is written (quirk 13)",
      { annotations: { [byAnnotation]: "2001:db8::1, 192.0.2.1" } },
      { asks: "addresses", addresses: ips("192.0.2.1", "2001:db8::1") },
    ],
    [
      "an address in the old words",
      { annotations: { "metallb.universe.tf/loadBalancerIPs": "192.0.2.1" } },
      { asks: "addresses", source: "annotation metallb.universe.tf/loadBalancerIPs: 192.0.2.1" },
    ],
    [
      "an address by the field",
      { spec: { loadBalancerIP: "192.0.2.1" } },
      { asks: "addresses", addresses: ips("192.0.2.1"), source: "spec.loadBalancerIP: 192.0.2.1" },
    ],
    [
      "a pool",
      { annotations: { "metallb.io/address-pool": "edge" } },
      { asks: "pool", pool: "edge", source: "annotation metallb.io/address-pool: edge" },
    ],
    [
      "an address and its pool",
      { annotations: { "metallb.io/address-pool": "edge", [byAnnotation]: "192.0.2.1" } },
      { asks: "addresses", addresses: ips("192.0.2.1"), pool: "edge" },
    ],
    [
      "the new annotation before the old one",
      { annotations: { "metallb.io/address-pool": "edge", "metallb.universe.tf/address-pool": "old" } },
      { asks: "pool", pool: "edge" },
    ],
  ])("%s", (_what, parts, request) => {
    expect(readRequest(serviceOf("shop/web", parts))).toMatchObject(request);
  });

  test.each<[string, Parts, string]>([
    ["no address", { annotations: { [byAnnotation]: "192.0.2.300" } }, '"192.0.2.300"'],
    ["a comma too many", { annotations: { [byAnnotation]: "192.0.2.1," } }, '""'],
    ["two of one family", { annotations: { [byAnnotation]: "192.0.2.1,192.0.2.2" } }, "two IPv4 addresses"],
    ["three addresses", { annotations: { [byAnnotation]: "192.0.2.1,2001:db8::1,2001:db8::2" } }, "two IPv6"],
    [
      "the field as well as the annotation",
      { annotations: { [byAnnotation]: "192.0.2.1" }, spec: { loadBalancerIP: "192.0.2.2" } },
      "both ask for an address",
    ],
  ])("is malformed with %s", (_what, parts, problem) => {
    const request = readRequest(serviceOf("shop/web", parts));
    expect(request).toMatchObject({ asks: "malformed", problem: expect.stringContaining(problem) });
  });

  test("is quoted in part when it is long: a condition has its limit", () => {
    const request = readRequest(
      serviceOf("shop/web", { annotations: { [byAnnotation]: "x".repeat(5_000) } }),
    );
    expect("source" in request && request.source.length).toBeLessThan(300);
    expect("problem" in request && request.problem.length).toBeLessThan(300);
  });

  test("in MetalLB's old words is known as such, unless the new word is there too", () => {
    const annotations = {
      "metallb.universe.tf/address-pool": "edge",
      "metallb.universe.tf/allow-shared-ip": "k",
      "metallb.io/allow-shared-ip": "k",
    };
    const names = deprecatedAnnotations(serviceOf("shop/web", { annotations })).map(({ name }) => name);
    expect(names).toEqual(["metallb.io/address-pool"]);
  });
});
