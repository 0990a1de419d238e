import { describe, expect, test } from "@jest/globals";
import { type ConfigProblem } from "@steelyard/model/config";
import { projectConfigurationState } from "@steelyard/model/resources";
import { planConfigurationState } from "./plan-configuration-state.ts";

const options = { namespace: "metallb-system", nodeName: "node-a", nodeLabel: "node-a" };
const metadata = { namespace: "metallb-system", name: "speaker-node-a" };
const now = "2026-11-22T08:00:00.123456Z";
const fault: ConfigProblem = {
  kind: "wrong",
  object: { kind: "IPAddressPool", namespace: "metallb-system", name: "edge" },
  path: "spec.addresses",
  message: "the pool has no addresses",
};

describe("the ConfigurationState of a node", () => {
  test("is created with the labels by which MetalLB's users find it", () => {
    expect(planConfigurationState(undefined, [], options, now)).toEqual({
      kind: "create",
      ...metadata,
      labels: { "metallb.io/component-type": "speaker", "metallb.io/node-name": "node-a" },
    });
  });

  test("says what is wrong, once", () => {
    const write = planConfigurationState(projectConfigurationState({ metadata }), [fault], options, now);
    expect(write).toMatchObject({
      kind: "apply-status",
      fieldManager: "configReconciler",
      status: {
        result: "Invalid",
        errorSummary:
          "configuration error: IPAddressPool metallb-system/edge, spec.addresses: the pool has no addresses",
        conditions: [{ type: "configReconcilerValid", status: "False", reason: "ConfigurationError" }],
      },
    });
    const status = write?.kind === "apply-status" ? write.status : undefined;
    const stored = projectConfigurationState({ metadata, status });
    expect(planConfigurationState(stored, [fault], options, "2027-01-01T00:00:00Z")).toBeUndefined();
  });
});
