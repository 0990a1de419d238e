import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { difference, excluding, type Fields, intersection, leaf, node, pathsOf, union } from "./field-set.ts";

const names = fc.constantFrom("f:a", "f:b", 'k:{"x":1}', 'v:"y"');
const sets: fc.Arbitrary<Fields> = fc.letrec<{ root: Fields; inner: Fields }>((tie) => {
  const children = fc.dictionary(names, tie("inner"), { maxKeys: 3 });
  return {
    root: children.map((each) => node(false, each)),
    inner: fc.oneof(
      { maxDepth: 3 },
      fc.constant(leaf),
      fc.tuple(fc.boolean(), children).map(([is, each]) => node(is, each)),
    ),
  };
}).root;

const sorted = (paths: Iterable<string>): readonly string[] => [...paths].sort();

describe("sets of fields are sets of paths", () => {
  test("union, difference and intersection", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const [left, right] = [new Set(pathsOf(a)), new Set(pathsOf(b))];
        expect(sorted(pathsOf(union(a, b)))).toEqual(sorted(new Set([...left, ...right])));
        expect(sorted(pathsOf(difference(a, b)))).toEqual(
          sorted([...left].filter((path) => !right.has(path))),
        );
        expect(sorted(pathsOf(intersection(a, b)))).toEqual(
          sorted([...left].filter((path) => right.has(path))),
        );
      }),
    );
  });

  test("what is excluded takes along what lies below it", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const gone = pathsOf(b);
        const isBelow = (path: string): boolean =>
          gone.some((each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`));
        expect(sorted(pathsOf(excluding(a, b)))).toEqual(sorted(pathsOf(a).filter((path) => !isBelow(path))));
      }),
    );
  });

  test("a difference that takes nothing away is the very same set", () => {
    fc.assert(fc.property(sets, (a) => expect(difference(a, { "f:other": leaf })).toBe(a)));
  });
});
