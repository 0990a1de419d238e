import { expect, test } from "@jest/globals";
import { isOurAnnotation, readAnnotation, serviceAnnotations } from "./annotations.ts";

const { addressPool, allowSharedIp, ipAllocatedFromPool, loadBalancerIps } = serviceAnnotations;

test("the names are those of MetalLB", () => {
  expect([addressPool, loadBalancerIps, allowSharedIp, ipAllocatedFromPool]).toEqual([
    { name: "metallb.io/address-pool", deprecated: "metallb.universe.tf/address-pool" },
    { name: "metallb.io/loadBalancerIPs", deprecated: "metallb.universe.tf/loadBalancerIPs" },
    { name: "metallb.io/allow-shared-ip", deprecated: "metallb.universe.tf/allow-shared-ip" },
    { name: "metallb.io/ip-allocated-from-pool", deprecated: "metallb.universe.tf/ip-allocated-from-pool" },
  ]);
});

test.each([
  [undefined, undefined],
  [{ "metallb.io/address-pool": "a" }, { value: "a", deprecated: false }],
  [{ "metallb.universe.tf/address-pool": "b" }, { value: "b", deprecated: true }],
  [
    { "metallb.io/address-pool": "a", "metallb.universe.tf/address-pool": "b" },
    { value: "a", deprecated: false },
  ],
  // Present but empty still takes precedence (reference metallb.md, section 3.1).
  [
    { "metallb.io/address-pool": "", "metallb.universe.tf/address-pool": "b" },
    { value: "", deprecated: false },
  ],
])("%j", (annotations, expected) => {
  const metadata = { name: "x", ...(annotations && { annotations }) };
  expect(readAnnotation(metadata, addressPool)).toEqual(expected);
});

test.each([
  ["metallb.io/address-pool", true],
  ["metallb.universe.tf/allow-shared-ip", true],
  ["steelyard.io/anything", true],
  ["kubectl.kubernetes.io/last-applied-configuration", false],
  ["notmetallb.io/x", false],
])("%s is ours: %s", (name, ours) => {
  expect(isOurAnnotation(name)).toBe(ours);
});
