import { describe, expect, test } from "@jest/globals";
import { type ConfigProblem } from "@steelyard/model/config";
import { builtOf, poolOf } from "../testing/pools.ts";
import { isStale, planConfiguration } from "./plan-configuration.ts";

const object = { kind: "IPAddressPool", namespace: "metallb-system", name: "edge" } as const;
const wrong: ConfigProblem = { kind: "wrong", object, path: "spec.addresses[0]", message: "is no range" };
const incomplete: ConfigProblem = {
  ...wrong,
  kind: "incomplete",
  message: "names a pool that does not exist",
};

describe("a configuration that was built", () => {
  test("reports a problem when it appears and when it goes, not in between", () => {
    const faulty = builtOf([], { problems: [wrong], refusedPools: new Set(["edge"]) });
    expect(planConfiguration(undefined, faulty)).toEqual({
      appeared: [wrong],
      resolved: [],
      events: [
        { object, type: "Warning", reason: "ConfigurationError", message: "spec.addresses[0]: is no range" },
      ],
      isDifferent: true,
    });
    expect(planConfiguration(faulty, { ...faulty })).toMatchObject({
      appeared: [],
      resolved: [],
      isDifferent: false,
    });
    expect(planConfiguration(faulty, builtOf([]))).toMatchObject({ resolved: [wrong] });
    expect([isStale(faulty), isStale(builtOf([]))]).toEqual([true, false]);
  });

  test("is not stale because something may still arrive", () => {
    expect(isStale(builtOf([], { problems: [incomplete] }))).toBe(false);
  });

  test("is stale when an object is not in force as it is", () => {
    const verdict = {
      object: { ...object, kind: "BGPAdvertisement" },
      generation: 2,
      inForce: "earlier",
    } as const;
    expect(isStale(builtOf([], { verdicts: [verdict] }))).toBe(true);
  });

  test("is the same to every Service when only a BGP peer is at fault", () => {
    const peer: ConfigProblem = { ...wrong, object: { ...object, kind: "BGPPeer" } };
    const plan = planConfiguration(builtOf([]), builtOf([], { problems: [peer] }));
    expect([plan.isDifferent, plan.appeared]).toEqual([false, [peer]]);
  });

  test("is different when what the allocator sees is", () => {
    const of = (...namespaces: string[]) =>
      builtOf([
        poolOf("edge", ["192.0.2.0/24"], {
          serviceAllocation: { priority: 1, namespaces: new Set(namespaces), serviceSelectors: [] },
        }),
      ]);
    expect(planConfiguration(of("a", "b"), of("b", "a")).isDifferent).toBe(false);
    expect(planConfiguration(of("a", "b"), of("a")).isDifferent).toBe(true);
  });
});
