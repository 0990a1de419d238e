import { describe, expect, test } from "@jest/globals";
import { type ObjectVerdict } from "@steelyard/model/config";
import { builtOf } from "../testing/pools.ts";
import { type ConfigObject, planObjectCondition } from "./plan-object-condition.ts";

const object = { kind: "BGPPeer", namespace: "metallb-system", name: "tor" } as const;
const verdict: ObjectVerdict = { object, generation: 2, inForce: "present" };
const built = builtOf([], {
  verdicts: [verdict, { ...verdict, object: { ...object, kind: "IPAddressPool" } }],
});
const now = "2026-11-22T08:00:00.123456Z";

function peer(rest: Partial<ConfigObject["metadata"]> = {}, status?: ConfigObject["status"]): ConfigObject {
  const metadata = { name: "tor", namespace: "metallb-system", generation: 2, ...rest };
  return { metadata, ...(status && { status }) };
}

describe("the condition of an object of configuration", () => {
  test("is written once", () => {
    const condition = planObjectCondition("BGPPeer", peer(), built, now);
    expect(condition).toEqual({
      type: "steelyard.io/Valid",
      status: "True",
      reason: "Accepted",
      message: "in force as it is",
      observedGeneration: 2,
      lastTransitionTime: "2026-11-22T08:00:00Z",
    });
    const conditions = condition ? [condition] : [];
    expect(
      planObjectCondition("BGPPeer", peer({}, { conditions }), built, "2027-01-01T00:00:00Z"),
    ).toBeUndefined();
  });

  test("keeps the time of the last change when only the words differ", () => {
    const known = planObjectCondition("BGPPeer", peer(), built, now);
    const conditions = known ? [{ ...known, message: "somebody else's words" }] : [];
    expect(planObjectCondition("BGPPeer", peer({}, { conditions }), built, "2027-01-01T00:00:00Z")).toEqual(
      known,
    );
  });

  test("waits until the form that is there has been judged", () => {
    expect(planObjectCondition("BGPPeer", peer({ generation: 3 }), built, now)).toBeUndefined();
    expect(planObjectCondition("BGPPeer", peer({ name: "new" }), built, now)).toBeUndefined();
  });

  test("of a pool waits until it has its counters, which the condition must not invent", () => {
    expect(planObjectCondition("IPAddressPool", peer(), built, now)).toBeUndefined();
    expect(planObjectCondition("IPAddressPool", peer({}, {}), built, now)).toMatchObject({
      reason: "Accepted",
    });
  });
});
