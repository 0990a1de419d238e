// Reads charts/steelyard/values.yaml with its comments: every value has one that begins with "--".

import { isMap, isPair, isScalar, parseDocument } from "yaml";

/**
 * @typedef {object} DescribedValue
 * @property {string} path "speaker.memberlist.enabled"
 * @property {string} fallback its default, as Markdown
 * @property {string} meaning one line
 */

/**
 * A value that is a map with described values in it is not described itself, but by these.
 *
 * @returns {DescribedValue[]} in the order of the file
 * @throws Error that names the value without a comment
 */
export function describeValues(text) {
  const document = parseDocument(text);
  if (document.errors.length > 0) throw new Error(`values.yaml: ${document.errors[0].message}`);
  return document.contents.items.flatMap((pair) => described(pair, []));
}

function described(pair, parents) {
  const path = [...parents, pair.key.value];
  const meaning = meaningOf(pair);
  const inner = isMap(pair.value) && !pair.value.flow ? pair.value.items : [];
  if (inner.length > 0) {
    const first = commentOf(pair.value);
    return inner.flatMap((item, index) => described(index === 0 ? withComment(item, first) : item, path));
  }
  if (meaning === undefined)
    throw new Error(`values.yaml: ${path.join(".")} has no comment that begins with "--"`);
  return [{ path: path.join("."), fallback: fallbackOf(pair.value), meaning }];
}

/** The parser gives the comment above the first key of a map to the map. */
function withComment(pair, comment) {
  if (isPair(pair) && commentOf(pair.key) === undefined && comment !== undefined)
    pair.key.commentBefore = comment;
  return pair;
}

function commentOf(node) {
  return node?.commentBefore ?? undefined;
}

function meaningOf({ key }) {
  const lines = commentOf(key)?.split("\n") ?? [];
  const begin = lines.findLastIndex((line) => line.startsWith(" -- "));
  if (begin < 0) return undefined;
  return lines
    .slice(begin)
    .map((line) => line.replace(/^ (-- )?/, "").trim())
    .join(" ");
}

function fallbackOf(node) {
  if (node === null || (isScalar(node) && node.value === null)) return "";
  const value = node.toJSON();
  return `\`${typeof value === "string" && value !== "" ? value : JSON.stringify(value)}\``;
}
