import { describe, expect, test } from "@jest/globals";
import { type JsonObject } from "@steelyard/model/foundation";
import { afterStep, type PoolEdit, poolSteps, type PoolStep } from "./pool-steps.ts";

const now = "2026-11-22T08:00:00Z";

function pool(name: string, addresses: readonly string[], labels?: object): JsonObject {
  return { metadata: { name, namespace: "metallb-system", ...(labels && { labels }) }, spec: { addresses } };
}

function steps(live: readonly JsonObject[], edit: Partial<PoolEdit>): readonly PoolStep[] {
  const result = poolSteps(live, { pools: [], deletions: [], prune: false, ...edit }, now);
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

function given(...objects: readonly JsonObject[]): PoolEdit["pools"] {
  return objects.map((object) => ({ name: String((object["metadata"] as JsonObject)["name"]), object }));
}

const lan = pool("lan", ["192.0.2.0/28"]);
const office = pool("office", ["192.0.2.16/28"]);

describe("the steps of an edit", () => {
  test("are the writes in their order, then the deletions", () => {
    const edit = {
      pools: given(pool("new", ["198.51.100.0/28"]), pool("lan", ["192.0.2.0/29"])),
      deletions: ["office"],
    };
    expect(steps([lan, office], edit).map(({ pool, change }) => `${pool} ${change}`)).toEqual([
      "new created",
      "lan edited",
      "office deleted",
    ]);
  });

  test("leave out what is so already, in whatever order the fields stand", () => {
    const live = { ...lan, spec: { autoAssign: true, addresses: ["192.0.2.0/28"] } };
    expect(
      steps([live], { pools: given({ ...lan, spec: { addresses: ["192.0.2.0/28"], autoAssign: true } }) }),
    ).toEqual([]);
  });

  test("include a change of labels: advertisements select pools by them", () => {
    expect(steps([lan], { pools: given(pool("lan", ["192.0.2.0/28"], { zone: "a" })) })).toMatchObject([
      { change: "edited" },
    ]);
  });

  test("give a new pool the time of the plan, so that it is younger than any other", () => {
    const [step] = steps([], { pools: given(lan) });
    expect(step?.object).toMatchObject({ metadata: { creationTimestamp: now } });
  });

  test("edit a pool twice when it is given twice", () => {
    const found = steps([], { pools: given(lan, pool("lan", ["192.0.2.0/30"])) });
    expect(found.map(({ change }) => change)).toEqual(["created", "edited"]);
  });

  test("delete with prune what is in no file", () => {
    expect(steps([office, lan], { pools: given(lan), prune: true })).toEqual([
      { pool: "office", change: "deleted", object: undefined },
    ]);
  });

  test("lead to the pools as they would be", () => {
    const edited = pool("lan", ["192.0.2.0/29"]);
    const found = steps([lan, office], { pools: given(edited), deletions: ["office"] });
    expect(found.reduce(afterStep, [lan, office])).toMatchObject([edited]);
  });

  test.each([
    { deletions: ["gone"], says: "there is no pool gone in the cluster to be deleted" },
    { deletions: ["lan"], says: "pool lan is in a file and to be deleted" },
  ])("cannot delete $deletions", ({ deletions, says }) => {
    const edit = { pools: given(lan), deletions, prune: false };
    expect(poolSteps([lan], edit, now)).toEqual({ ok: false, error: says });
  });
});
