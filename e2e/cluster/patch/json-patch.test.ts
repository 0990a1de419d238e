import { describe, expect, test } from "@jest/globals";
import { type ApiError } from "../http/api-error.ts";
import { type Json, type JsonObject } from "../json.ts";
import { applyJsonPatch } from "./json-patch.ts";

const target: JsonObject = { list: [1, 2, 3], map: { "a/b": 1, "c~d": 2 }, text: "t" };

function codeOf(patch: Json): number {
  try {
    applyJsonPatch(target, patch);
  } catch (error) {
    return (error as ApiError).code;
  }
  return 200;
}

describe("JSON patch", () => {
  test.each<[string, Json, JsonObject]>([
    [
      "add to the end of a list",
      [{ op: "add", path: "/list/-", value: 4 }],
      { ...target, list: [1, 2, 3, 4] },
    ],
    ["add in a list", [{ op: "add", path: "/list/1", value: 9 }], { ...target, list: [1, 9, 2, 3] }],
    ["remove from a list", [{ op: "remove", path: "/list/0" }], { ...target, list: [2, 3] }],
    [
      "escaped keys",
      [
        { op: "replace", path: "/map/a~1b", value: 7 },
        { op: "remove", path: "/map/c~0d" },
      ],
      { ...target, map: { "a/b": 7 } },
    ],
    [
      "move",
      [{ op: "move", from: "/text", path: "/map/text" }],
      { list: [1, 2, 3], map: { "a/b": 1, "c~d": 2, text: "t" } },
    ],
    ["test that holds", [{ op: "test", path: "/list", value: [1, 2, 3] }], target],
    [
      "replace of a key that is not there",
      [{ op: "replace", path: "/map/new", value: 1 }],
      { ...target, map: { "a/b": 1, "c~d": 2, new: 1 } },
    ],
  ])("%s", (_what, patch, after) => {
    const copy = structuredClone(target);
    expect(applyJsonPatch(target, patch)).toEqual(after);
    expect(target).toEqual(copy);
  });

  test.each<[string, Json, number]>([
    ["a test that fails", [{ op: "test", path: "/text", value: "u" }], 422],
    ["a missing parent", [{ op: "add", path: "/none/x", value: 1 }], 422],
    ["an index outside", [{ op: "replace", path: "/list/7", value: 1 }], 422],
    ["an unknown operation", [{ op: "explode", path: "/text" }], 422],
    ["an operation without path", [{ op: "remove" }], 422],
    ["an item that is none", ["text"], 422],
    ["no list", { op: "add" }, 400],
    [
      "too many operations",
      Array.from({ length: 10_001 }, () => ({ op: "test", path: "/text", value: "t" })),
      400,
    ],
  ])("%s is refused", (_what, patch, code) => {
    expect(codeOf(patch)).toBe(code);
  });
});
