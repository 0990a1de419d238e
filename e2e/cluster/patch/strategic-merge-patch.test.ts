import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type JsonObject } from "../json.ts";
import { keyedList, mergedTexts, struct, text, textMap, texts } from "../schema/shapes.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { applyStrategicMergePatch } from "./strategic-merge-patch.ts";

const item = struct({ name: text, value: text, tags: mergedTexts });
const schema = struct({ items: keyedList(item, "name"), set: mergedTexts, plain: texts, map: textMap });

const before: JsonObject = {
  items: [
    { name: "a", value: "1", tags: ["x"] },
    { name: "b", value: "2" },
  ],
  set: ["p", "q"],
  plain: ["one"],
  map: { k: "v", l: "w" },
};

describe("strategic merge patch", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["nothing", {}, before],
    [
      "an item by its key",
      { items: [{ name: "b", value: "3" }] },
      {
        ...before,
        items: [
          { name: "a", value: "1", tags: ["x"] },
          { name: "b", value: "3" },
        ],
      },
    ],
    [
      "inside an item",
      { items: [{ name: "a", tags: ["y"] }] },
      {
        ...before,
        items: [
          { name: "a", value: "1", tags: ["y", "x"] },
          { name: "b", value: "2" },
        ],
      },
    ],
    [
      "a new item",
      { items: [{ name: "c" }] },
      {
        ...before,
        items: [{ name: "c" }, { name: "a", value: "1", tags: ["x"] }, { name: "b", value: "2" }],
      },
    ],
    [
      "an item away",
      { items: [{ name: "a", $patch: "delete" }] },
      { ...before, items: [{ name: "b", value: "2" }] },
    ],
    ["all items", { items: [{ $patch: "replace" }, { name: "z" }] }, { ...before, items: [{ name: "z" }] }],
    [
      "the order",
      { "$setElementOrder/items": [{ name: "b" }, { name: "a" }] },
      {
        ...before,
        items: [
          { name: "b", value: "2" },
          { name: "a", value: "1", tags: ["x"] },
        ],
      },
    ],
    ["a set", { set: ["r"] }, { ...before, set: ["r", "p", "q"] }],
    ["from a set", { "$deleteFromPrimitiveList/set": ["p"] }, { ...before, set: ["q"] }],
    ["a plain list", { plain: ["two"] }, { ...before, plain: ["two"] }],
    ["a map", { map: { k: null, m: "x" } }, { ...before, map: { l: "w", m: "x" } }],
    ["a whole map", { map: { $patch: "replace", m: "x" } }, { ...before, map: { m: "x" } }],
    ["but for some keys", { map: { $retainKeys: ["l"] } }, { ...before, map: { l: "w" } }],
    ["a field away", { items: null }, { set: ["p", "q"], plain: ["one"], map: { k: "v", l: "w" } }],
  ])("changes %s", (_what, patch, after) => {
    expect(applyStrategicMergePatch(before, patch, schema)).toEqual(after);
  });

  test("an item without its key, and an unknown directive, are refused", () => {
    expect(() => applyStrategicMergePatch(before, { items: [{ value: "1" }] }, schema)).toThrow(
      /merge key: name/,
    );
    expect(() => applyStrategicMergePatch(before, { map: { $patch: "explode" } }, schema)).toThrow(
      /directive "explode"/,
    );
  });

  test("without lists it is a merge patch", () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const { tree } = fc.letrec<{ tree: JsonObject }>((tie) => ({
      tree: fc.dictionary(fc.stringMatching(/^[a-c]$/), fc.oneof({ maxDepth: 3 }, leaf, tie("tree"))),
    }));
    fc.assert(
      fc.property(tree, tree, (target, patch) => {
        expect(applyStrategicMergePatch(target, patch, {})).toEqual(applyMergePatch(target, patch));
      }),
    );
  });

  test("the target is left as it was", () => {
    const copy = structuredClone(before);
    applyStrategicMergePatch(
      before,
      { items: [{ name: "a", value: "9" }], set: ["n"], map: { k: null } },
      schema,
    );
    expect(before).toEqual(copy);
  });
});
