import { expect, test } from "@jest/globals";
import { evaluateJsonPath, parseJsonPath } from "./json-path.ts";

const object = {
  spec: { list: ["a", "b"], "dotted.key": 1 },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
};

test.each([
  [".spec.list", [["a", "b"]]],
  [".spec.list[0]", ["a"]],
  [".spec.list[-1]", ["b"]],
  [".spec.list[*]", ["a", "b"]],
  [".spec['dotted.key']", [1]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".spec.none.deeper", []],
  [".spec.list.none", []],
])("%s", (path, expected) => {
  expect(evaluateJsonPath(parseJsonPath(path), object)).toEqual(expected);
});

test.each(["spec.list", ".spec[", ".spec..list", ".spec[?(@.a>1)]"])("%s is refused", (path) => {
  expect(() => parseJsonPath(path)).toThrow(/cannot read from position \d+/);
});
