import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import {
  formatLabelSelector,
  matchesAny,
  matchesLabels,
  parseLabelSelector,
  type LabelSelector,
} from "./label-selector.ts";

describe("matching", () => {
  const labels = { tier: "front", "example.com/zone": "a", empty: "" };
  const table: readonly (readonly [why: string, selector: LabelSelector, matches: boolean])[] = [
    ["no parts match everything", {}, true],
    ["an equal label", { matchLabels: { tier: "front" } }, true],
    ["another value", { matchLabels: { tier: "back" } }, false],
    ["an absent label", { matchLabels: { owner: "x" } }, false],
    ["an empty value is a value", { matchLabels: { empty: "" } }, true],
    ["all labels must hold", { matchLabels: { tier: "front", owner: "x" } }, false],
    ["In", { matchExpressions: [{ key: "tier", operator: "In", values: ["back", "front"] }] }, true],
    ["In, other values", { matchExpressions: [{ key: "tier", operator: "In", values: ["back"] }] }, false],
    ["In, absent label", { matchExpressions: [{ key: "owner", operator: "In", values: ["x"] }] }, false],
    [
      "NotIn, other values",
      { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["back"] }] },
      true,
    ],
    [
      "NotIn, the value",
      { matchExpressions: [{ key: "tier", operator: "NotIn", values: ["front"] }] },
      false,
    ],
    ["NotIn, absent label", { matchExpressions: [{ key: "owner", operator: "NotIn", values: ["x"] }] }, true],
    ["Exists", { matchExpressions: [{ key: "empty", operator: "Exists" }] }, true],
    ["Exists, absent label", { matchExpressions: [{ key: "owner", operator: "Exists" }] }, false],
    ["DoesNotExist", { matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
    ["DoesNotExist, absent label", { matchExpressions: [{ key: "owner", operator: "DoesNotExist" }] }, true],
    [
      "a name that every object inherits is not a label",
      { matchExpressions: [{ key: "constructor", operator: "Exists" }] },
      false,
    ],
    [
      "labels and expressions together",
      { matchLabels: { tier: "front" }, matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] },
      false,
    ],
  ];

  test.each(table)("%s", (_why, selector, matches) => {
    expect(matchesLabels(selector, labels)).toBe(matches);
  });

  test("no labels at all", () => {
    expect(matchesLabels({}, undefined)).toBe(true);
    expect(matchesLabels({ matchLabels: { a: "b" } }, undefined)).toBe(false);
  });

  test("a list restricts nothing when empty, else one of it must match", () => {
    const [front, back] = [{ matchLabels: { tier: "front" } }, { matchLabels: { tier: "back" } }];
    expect(matchesAny([], labels)).toBe(true);
    expect(matchesAny([back, front], labels)).toBe(true);
    expect(matchesAny([back], labels)).toBe(false);
  });
});

describe("parsing", () => {
  test("keeps what a selector is made of and nothing else", () => {
    const raw = {
      matchLabels: { a: "b" },
      matchExpressions: [
        { key: "example.com/c", operator: "In", values: ["d", ""], extra: 1 },
        { key: "e", operator: "Exists", values: [] },
        { key: "f", operator: "DoesNotExist", values: null },
      ],
      other: true,
    };
    expect(parseLabelSelector(raw)).toEqual({
      ok: true,
      value: {
        matchLabels: { a: "b" },
        matchExpressions: [
          { key: "example.com/c", operator: "In", values: ["d", ""] },
          { key: "e", operator: "Exists" },
          { key: "f", operator: "DoesNotExist" },
        ],
      },
    });
  });

  test.each([{}, { matchLabels: null, matchExpressions: null }, { matchLabels: {}, matchExpressions: [] }])(
    "%j matches everything",
    (raw) => {
      expect(parseLabelSelector(raw)).toEqual({ ok: true, value: {} });
    },
  );

  const long = "x".repeat(64);
  test.each([
    [undefined, "a label selector must be an object"],
    [null, "a label selector must be an object"],
    ["a=b", "a label selector must be an object"],
    [[], "a label selector must be an object"],
    [{ matchLabels: [] }, "matchLabels must be an object"],
    [{ matchLabels: { a: 1 } }, "matchLabels: 1 is not a text"],
    [{ matchLabels: { a: null } }, "matchLabels: null is not a text"],
    [{ matchLabels: { "": "b" } }, 'matchLabels: "" is not a valid label key'],
    [{ matchLabels: { "-a": "b" } }, 'matchLabels: "-a" is not a valid label key'],
    [{ matchLabels: { "a/b/c": "b" } }, 'matchLabels: "a/b/c" is not a valid label key'],
    [{ matchLabels: { "Example.com/b": "b" } }, 'matchLabels: "Example.com/b" is not a valid label key'],
    [{ matchLabels: { "/b": "b" } }, 'matchLabels: "/b" is not a valid label key'],
    [{ matchLabels: { [long]: "b" } }, `matchLabels: "${long}" is not a valid label key`],
    [{ matchLabels: { a: "b c" } }, 'matchLabels: "b c" is not a valid label value'],
    [{ matchLabels: { a: long } }, `matchLabels: "${long}" is not a valid label value`],
    [{ matchExpressions: {} }, "matchExpressions must be a list"],
    [{ matchExpressions: ["a"] }, "matchExpressions[0]: must be an object"],
    [{ matchExpressions: [{ operator: "Exists" }] }, "matchExpressions[0]: key must be a text"],
    [
      { matchExpressions: [{ key: "a" }] },
      "matchExpressions[0]: undefined is not a valid label selector operator",
    ],
    [
      { matchExpressions: [{ key: "a", operator: "in", values: ["b"] }] },
      'matchExpressions[0]: "in" is not a valid label selector operator',
    ],
    [
      {
        matchExpressions: [
          { key: "ok", operator: "Exists" },
          { key: "a", operator: "In" },
        ],
      },
      "matchExpressions[1]: values must not be empty for operator In",
    ],
    [
      { matchExpressions: [{ key: "a", operator: "NotIn", values: [] }] },
      "matchExpressions[0]: values must not be empty for operator NotIn",
    ],
    [
      { matchExpressions: [{ key: "a", operator: "Exists", values: ["b"] }] },
      "matchExpressions[0]: values must be empty for operator Exists",
    ],
    [
      { matchExpressions: [{ key: "a", operator: "DoesNotExist", values: ["b"] }] },
      "matchExpressions[0]: values must be empty for operator DoesNotExist",
    ],
    [
      { matchExpressions: [{ key: "a", operator: "In", values: "b" }] },
      "matchExpressions[0]: values must be a list",
    ],
    [
      { matchExpressions: [{ key: "a", operator: "In", values: [1] }] },
      "matchExpressions[0]: 1 is not a text",
    ],
  ])("%j is refused: %s", (raw, error) => {
    expect(parseLabelSelector(raw)).toEqual({ ok: false, error });
  });

  test("any JSON gives a selector or a sentence, and what is parsed parses again to itself", () => {
    const nearly = fc.record({
      matchLabels: fc.oneof(
        fc.dictionary(fc.constantFrom("a", "b.c/d", "-"), fc.constantFrom("x", "", "!")),
        fc.jsonValue(),
      ),
      matchExpressions: fc.array(
        fc.record({
          key: fc.constantFrom<unknown>("a", "b", "", 1),
          operator: fc.constantFrom<unknown>("In", "NotIn", "Exists", "DoesNotExist", "Gt", null),
          values: fc.constantFrom<unknown>(undefined, [], ["a"], ["b", "a"], "a", [null]),
        }),
        { maxLength: 2 },
      ),
    });
    fc.assert(
      fc.property(fc.oneof(nearly, fc.jsonValue()), (raw) => {
        const selector = parseLabelSelector(raw);
        if (selector.ok) expect(parseLabelSelector(selector.value)).toEqual(selector);
        else expect(selector.error).not.toBe("");
      }),
    );
  });
});

test("the text form is that of kubectl, sorted", () => {
  const selector: LabelSelector = {
    matchLabels: { b: "2", a: "1" },
    matchExpressions: [
      { key: "d", operator: "DoesNotExist" },
      { key: "c", operator: "NotIn", values: ["z", "y"] },
      { key: "c", operator: "In", values: ["x"] },
      { key: "c", operator: "Exists" },
    ],
  };
  expect(formatLabelSelector(selector)).toBe("!d,a=1,b=2,c,c in (x),c notin (y,z)");
  expect(formatLabelSelector({})).toBe("");
});
