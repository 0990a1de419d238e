import { describe, expect, test } from "@jest/globals";
import { lastManagerOf, type ManagedFieldsEntry } from "./managed-fields.ts";

// Captured from the genuine kube-apiserver: kubectl creates a Service, the operator writes its status, a tunnel operator asks
// for an address in the spec, and a rival replaces the address in the status.
const kubectl: ManagedFieldsEntry = {
  manager: "kubectl-client-side-apply",
  operation: "Update",
  time: "2026-11-30T13:29:02Z",
  fieldsV1: {
    "f:metadata": {
      "f:annotations": { ".": {}, "f:x": {} },
      "f:labels": { ".": {}, "f:a": {} },
    },
    "f:spec": {
      "f:allocateLoadBalancerNodePorts": {},
      "f:externalTrafficPolicy": {},
      "f:internalTrafficPolicy": {},
      "f:ports": {
        ".": {},
        'k:{"port":80,"protocol":"TCP"}': {
          ".": {},
          "f:name": {},
          "f:port": {},
          "f:protocol": {},
          "f:targetPort": {},
        },
      },
      "f:selector": {},
      "f:sessionAffinity": {},
      "f:type": {},
    },
  },
};
const allocated = {
  ".": {},
  'k:{"type":"steelyard.io/Allocated"}': { ".": {}, "f:message": {}, "f:reason": {}, "f:status": {} },
};
const operator: ManagedFieldsEntry = {
  manager: "steelyard-operator",
  operation: "Update",
  time: "2026-11-30T13:29:03Z",
  subresource: "status",
  fieldsV1: { "f:status": { "f:conditions": allocated, "f:loadBalancer": { "f:ingress": {} } } },
};
const tunnel: ManagedFieldsEntry = {
  manager: "tunnel-operator",
  operation: "Update",
  time: "2026-11-30T13:29:04Z",
  fieldsV1: { "f:spec": { "f:loadBalancerIP": {} } },
};
const rival: ManagedFieldsEntry = {
  manager: "rival",
  operation: "Update",
  time: "2026-11-30T13:29:05Z",
  subresource: "status",
  fieldsV1: { "f:status": { "f:loadBalancer": { "f:ingress": {} } } },
};
const operatorAfterRival: ManagedFieldsEntry = {
  ...operator,
  fieldsV1: { "f:status": { "f:conditions": allocated } },
};

const ingress = ["status", "loadBalancer", "ingress"];

describe("lastManagerOf", () => {
  test("names who wrote the addresses, before and after a rival replaced them", () => {
    expect(lastManagerOf([kubectl, operator], ingress)).toEqual({
      manager: "steelyard-operator",
      operation: "Update",
      subresource: "status",
      time: "2026-11-30T13:29:03Z",
    });
    expect(lastManagerOf([kubectl, rival, operatorAfterRival, tunnel], ingress)?.manager).toBe("rival");
  });

  test("names who asked for an address", () => {
    expect(lastManagerOf([kubectl, operator, tunnel], ["spec", "loadBalancerIP"])).toEqual({
      manager: "tunnel-operator",
      operation: "Update",
      time: "2026-11-30T13:29:04Z",
    });
  });

  test.each([
    [["metadata", "annotations", "x"], "kubectl-client-side-apply"],
    [["metadata", "annotations", "y"], undefined],
    [["spec", "externalIPs"], undefined],
    [["status"], "steelyard-operator"],
    [["spec", "selector", "app"], "kubectl-client-side-apply"],
    [["status", "loadBalancer", "ingress", "0"], "steelyard-operator"],
  ])("%j belongs to %s", (path, manager) => {
    expect(lastManagerOf([kubectl, operator], path)?.manager).toBe(manager);
  });

  test("of several owners it is the one who changed something last, then the last in order", () => {
    const applied = { ...tunnel, manager: "applier", operation: "Apply" };
    const later = { ...applied, time: "2026-11-30T13:29:09Z" };
    const path = ["spec", "loadBalancerIP"];
    expect(lastManagerOf([applied, tunnel], path)?.manager).toBe("tunnel-operator");
    expect(lastManagerOf([later, tunnel], path)).toMatchObject({ manager: "applier", operation: "Apply" });
  });

  test("an object without managedFields, and entries without fields, name nobody", () => {
    expect(lastManagerOf(undefined, ingress)).toBeUndefined();
    expect(lastManagerOf([{ manager: "x" }, { fieldsV1: [] }], ingress)).toBeUndefined();
  });
});
