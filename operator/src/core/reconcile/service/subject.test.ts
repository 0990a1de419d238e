import { describe, expect, test } from "@jest/globals";
import { dualStack, serviceOf } from "../../testing/services.ts";
import { subjectOf } from "./subject.ts";

describe("what the allocator learns of a Service", () => {
  test("families, namespace and labels", () => {
    const service = serviceOf("shop/web", { spec: dualStack, labels: { app: "web" } });
    expect(subjectOf("shop/web", service)).toEqual({
      key: "shop/web",
      applicant: { namespace: "shop", labels: { app: "web" } },
      wanted: { want: "both-if-possible", primary: "IPv4", secondary: "IPv6" },
      servedFamilies: ["IPv4", "IPv6"],
      request: undefined,
    });
  });

  test.each<[string, Parameters<typeof serviceOf>[1], string | undefined]>([
    [
      "addresses",
      { annotations: { "metallb.io/loadBalancerIPs": "192.0.2.1" } },
      "annotation metallb.io/loadBalancerIPs: 192.0.2.1",
    ],
    [
      "addresses in the old words",
      { annotations: { "metallb.universe.tf/loadBalancerIPs": "192.0.2.1" } },
      "annotation metallb.universe.tf/loadBalancerIPs: 192.0.2.1",
    ],
    [
      "a pool",
      { annotations: { "metallb.io/address-pool": "edge" } },
      "annotation metallb.io/address-pool: edge",
    ],
    ["by the field", { spec: { loadBalancerIP: "192.0.2.1" } }, "spec.loadBalancerIP: 192.0.2.1"],
    ["nothing, with an empty annotation", { annotations: { "metallb.io/address-pool": " " } }, undefined],
    ["nothing, with an empty field", { spec: { loadBalancerIP: "" } }, undefined],
    ["nothing, with a sharing key", { annotations: { "metallb.io/allow-shared-ip": "k" } }, undefined],
  ])("asks for %s", (_what, parts, request) => {
    expect(subjectOf("shop/web", serviceOf("shop/web", parts)).request).toBe(request);
  });
});
