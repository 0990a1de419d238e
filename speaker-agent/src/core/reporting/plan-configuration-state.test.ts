import { describe, expect, test } from "@jest/globals";
import { type ConfigProblem } from "@steelyard/model/config";
import { emptySegmentReport, projectConfigurationState } from "@steelyard/model/resources";
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

const quiet = { problems: [], segment: undefined };

describe("the ConfigurationState of a node", () => {
  test("is created with the labels by which MetalLB's users find it", () => {
    expect(planConfigurationState(undefined, quiet, options, now)).toEqual({
      kind: "create",
      ...metadata,
      labels: { "metallb.io/component-type": "speaker", "metallb.io/node-name": "node-a" },
    });
  });

  test("says what is wrong, once", () => {
    const write = planConfigurationState(
      projectConfigurationState({ metadata }),
      { ...quiet, problems: [fault] },
      options,
      now,
    );
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
    expect(
      planConfigurationState(stored, { ...quiet, problems: [fault] }, options, "2027-01-01T00:00:00Z"),
    ).toBeUndefined();
  });

  describe("what the segment says", () => {
    const held = { "192.0.2.1": { mac: "02:00:00:00:00:99", since: "2026-11-22T08:00:00Z" } };
    const segment = { ...emptySegmentReport, held };
    const text = JSON.stringify({ held });
    const stored = (annotations?: Record<string, string>) => {
      const first = planConfigurationState(projectConfigurationState({ metadata }), quiet, options, now);
      const status = first?.kind === "apply-status" ? first.status : undefined;
      return projectConfigurationState({ metadata: { ...metadata, annotations }, status });
    };
    const annotate = { kind: "annotate", ...metadata, annotation: "steelyard.io/segment" };

    test.each([
      ["something", stored(), segment, { ...annotate, value: text }],
      ["the same as before", stored({ "steelyard.io/segment": text }), segment, undefined],
      ["nothing, as before", stored(), emptySegmentReport, undefined],
      [
        "nothing any more",
        stored({ "steelyard.io/segment": text }),
        emptySegmentReport,
        { ...annotate, value: undefined },
      ],
      ["not known yet", stored({ "steelyard.io/segment": text }), undefined, undefined],
    ])("%s", (_what, present, now_, write) => {
      expect(planConfigurationState(present, { problems: [], segment: now_ }, options, now)).toEqual(write);
    });
  });

  test("what BGP says is an annotation of its own, written after that of the segment", () => {
    const present = projectConfigurationState({ metadata });
    const first = planConfigurationState(present, quiet, options, now);
    const status = first?.kind === "apply-status" ? first.status : undefined;
    const down = { "tor-1": { router: "192.0.2.1", because: "connection refused" } };
    const facts = { problems: [], segment: emptySegmentReport, bgp: { down, withheld: {} } };
    const planned = (annotations?: Record<string, string>) =>
      planConfigurationState(
        projectConfigurationState({ metadata: { ...metadata, annotations }, status }),
        facts,
        options,
        now,
      );
    const value = JSON.stringify({ down });
    expect(planned()).toEqual({ kind: "annotate", ...metadata, annotation: "steelyard.io/bgp", value });
    expect(planned({ "steelyard.io/bgp": value })).toBeUndefined();
    expect(planned({ "steelyard.io/bgp": value, "steelyard.io/segment": "{}" })).toMatchObject({
      annotation: "steelyard.io/segment",
      value: undefined,
    });
  });
});
