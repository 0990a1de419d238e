import { expect, test } from "@jest/globals";
import { type JsonObject } from "@steelyard/model/foundation";
import { appliedObject } from "./applied-object.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The spec that `given` leaves, of a pool that is live with `live` and was applied with `before`; undefined = never. */
function specAfter(live: unknown, given: unknown, before?: unknown): unknown {
  const annotations = before === undefined ? {} : { [annotation]: JSON.stringify({ spec: before }) };
  const applied = appliedObject({ metadata: { name: "lan", annotations }, spec: live }, { spec: given });
  return applied["spec"];
}

test.each([
  {
    name: "a field that was applied and is dropped goes",
    live: { a: 1, b: 2 },
    before: { a: 1, b: 2 },
    given: { a: 1 },
    spec: { a: 1 },
  },
  {
    name: "a field that somebody else has set stays",
    live: { a: 1, b: 2 },
    before: { a: 1 },
    given: { a: 3 },
    spec: { a: 3, b: 2 },
  },
  {
    name: "of an object that was not applied before nothing goes",
    live: { a: 1, b: 2 },
    given: { a: 3 },
    spec: { a: 3, b: 2 },
  },
  {
    name: "a list is replaced whole",
    live: { a: [1, 2] },
    before: { a: [1, 2] },
    given: { a: [2] },
    spec: { a: [2] },
  },
  { name: "null takes away", live: { a: 1, b: 2 }, given: { a: null }, spec: { b: 2 } },
  {
    name: "objects are merged to the bottom",
    live: { a: { b: 1, c: 2, d: 3 } },
    before: { a: { b: 1, c: 2 } },
    given: { a: { b: 4 } },
    spec: { a: { b: 4, d: 3 } },
  },
])("$name", ({ live, before, given, spec }) => {
  expect(specAfter(live, given, before)).toEqual(spec);
});

test("a note that cannot be read counts as none", () => {
  const live = { metadata: { annotations: { [annotation]: "{" } }, spec: { a: 1, b: 2 } };
  expect(appliedObject(live, { spec: { a: 3 } })["spec"]).toEqual({ a: 3, b: 2 });
});

test("what the API server keeps is kept, a status is not applied, and the second time finds the first", () => {
  const live: JsonObject = {
    metadata: { name: "lan", uid: "u", generation: 3 },
    spec: { a: 1 },
    status: { assignedIPv4: 7 },
  };
  const once = appliedObject(live, {
    metadata: { name: "lan" },
    spec: { a: 1, b: 2 },
    status: { assignedIPv4: 0 },
  });
  expect(once).toMatchObject({ metadata: { uid: "u", generation: 3 }, status: { assignedIPv4: 7 } });
  expect(appliedObject(once, { metadata: { name: "lan" }, spec: { a: 1 } })["spec"]).toEqual({ a: 1 });
});
