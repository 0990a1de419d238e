import { expect, test } from "@jest/globals";
import { type EndpointSliceResource } from "@steelyard/model/resources";
import fc from "fast-check";
import { slicesByService, touchedServices } from "./slices-by-service.ts";
import { slice } from "./testing/cluster.ts";

const anySlice = fc.constantFrom("a", "b", "c", "d").map((name) => slice(name, "node-a"));
const anyList = fc.array(anySlice, { maxLength: 8 });

/** Another list with something of the first: some slices gone, some new, in their places or at the end. */
const anyPair = fc
  .tuple(anyList, fc.array(fc.tuple(fc.nat(8), fc.boolean(), anySlice), { maxLength: 4 }))
  .map(([before, edits]): [EndpointSliceResource[], EndpointSliceResource[]] => [
    before,
    edits.reduce(
      (list, [at, isReplaced, one]) => list.toSpliced(at, isReplaced ? 1 : 0, one).slice(0, 12),
      before,
    ),
  ]);

function sorted(groups: ReadonlyMap<string, readonly EndpointSliceResource[]>) {
  return new Map([...groups].map(([key, group]) => [key, new Set(group)]));
}

test("from an earlier list or from scratch, the groups are the same, and only touched ones differ", () => {
  fc.assert(
    fc.property(anyPair, ([before, now]) => {
      const earlier = slicesByService(before);
      const list = [...now];
      const groups = slicesByService(list, before);
      expect(sorted(groups)).toEqual(sorted(slicesByService([...now])));
      const touched = touchedServices(list, before);
      for (const [key, group] of groups) {
        if (touched?.has(key) === false) expect(group).toBe(earlier.get(key));
      }
      for (const key of earlier.keys()) if (!groups.has(key)) expect(touched?.has(key)).toBe(true);
    }),
  );
});

test("where everything has changed nothing is told apart", () => {
  const list = () => Array.from({ length: 100 }, (_unused, index) => slice(`s${index}`, "node-a"));
  const [before, now] = [list(), list()];
  slicesByService(before);
  expect(touchedServices(now, before)).toBeUndefined();
  expect(slicesByService(now, before).size).toBe(100);
});
