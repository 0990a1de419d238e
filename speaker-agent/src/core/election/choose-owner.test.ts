import { expect, test } from "@jest/globals";
import { chooseOwner } from "./choose-owner.ts";

const ranking = ["a", "b", "c"];

test.each<[string, readonly string[], readonly string[], string | undefined, string | undefined]>([
  ["the first", ranking, ["a", "b", "c"], undefined, "a"],
  ["the first that lives", ranking, ["b", "c"], undefined, "b"],
  ["the present owner, although a better one lives", ranking, ["a", "b", "c"], "b", "b"],
  ["not a present owner that died", ranking, ["a", "c"], "b", "a"],
  ["not a present owner that is not eligible any more", ["a", "c"], ["a", "b", "c"], "b", "a"],
  ["nobody when all are dead", ranking, [], "a", undefined],
  ["nobody when nobody is eligible", [], ["a"], undefined, undefined],
])("%s", (_name, nodes, living, present, expected) => {
  expect(chooseOwner(nodes, (node) => living.includes(node), present)).toBe(expected);
});
