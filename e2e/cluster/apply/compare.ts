import { isArray, isObject, type Json, type JsonObject, sameJson } from "../json.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";
import { excluding, type Fields, leaf, node } from "./field-set.ts";
import { fieldElement, itemsByElement, type Structure, structureOf } from "./structure.ts";

/** Which paths came, went, or have another value. */
export interface Comparison {
  readonly added: Fields;
  readonly removed: Fields;
  readonly modified: Fields;
}

const same: Comparison = { added: undefined, removed: undefined, modified: undefined };

interface Pair {
  readonly element: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly schema: Schema | undefined;
}

/** `typed`: the objects are of a core kind, whose empty fields and absent fields are the same. */
export function compareObjects(
  before: JsonObject,
  after: JsonObject,
  schema: Schema,
  typed: boolean,
): Comparison {
  return compareParts(fieldPairs(before, after, schema, typed), before, after, typed);
}

/** Without the paths that the write cannot change, whatever the client sent. */
export function withoutFields(comparison: Comparison, ignored: Fields): Comparison {
  return {
    added: excluding(comparison.added, ignored),
    removed: excluding(comparison.removed, ignored),
    modified: excluding(comparison.modified, ignored),
  };
}

function compareValues({ before, after, schema }: Pair, typed: boolean): Comparison {
  if (before === after) return same;
  switch (commonStructure(before, after, schema)) {
    case "leaf":
      return compareLeaves(before, after);
    case "fields":
      return compareParts(
        fieldPairs(objectOr(before), objectOr(after), schema, typed && both(before, after)),
        before,
        after,
        typed,
      );
    case "items":
      return compareParts(itemPairs(listOr(before), listOr(after), schema), before, after, typed);
  }
}

function both(before: Json | undefined, after: Json | undefined): boolean {
  return before !== undefined && after !== undefined;
}

function commonStructure(
  before: Json | undefined,
  after: Json | undefined,
  schema: Schema | undefined,
): Structure {
  const of = (value: Json | undefined): Structure | undefined =>
    value === undefined ? undefined : structureOf(value, schema);
  const [first, second] = [of(before), of(after)];
  if (first === undefined || second === undefined) return first ?? second ?? "leaf";
  return first === second ? first : "leaf";
}

function compareLeaves(before: Json | undefined, after: Json | undefined): Comparison {
  if (before === undefined) return { ...same, added: leaf };
  if (after === undefined) return { ...same, removed: leaf };
  return sameJson(before, after) ? same : { ...same, modified: leaf };
}

function compareParts(
  pairs: readonly Pair[],
  before: Json | undefined,
  after: Json | undefined,
  typed: boolean,
): Comparison {
  const added: Record<string, Fields> = {};
  const removed: Record<string, Fields> = {};
  const modified: Record<string, Fields> = {};
  let differs = !both(before, after);
  for (const pair of pairs) {
    const inner = compareValues(pair, typed);
    if (inner === same) continue;
    differs = true;
    added[pair.element] = inner.added;
    removed[pair.element] = inner.removed;
    modified[pair.element] = inner.modified;
  }
  if (!differs) return same;
  return {
    added: node(before === undefined, added),
    removed: node(after === undefined, removed),
    modified: node(false, modified),
  };
}

function fieldPairs(
  before: JsonObject,
  after: JsonObject,
  schema: Schema | undefined,
  typed: boolean,
): readonly Pair[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].map((name) => {
    const inner = fieldSchema(schema, name);
    const read = (object: JsonObject): Json | undefined =>
      typed ? asHeld(object[name], inner) : object[name];
    return { element: fieldElement(name), before: read(before), after: read(after), schema: inner };
  });
}

/** A Go struct within a struct is always there, if only empty; a null or an empty text is as good as none. */
function asHeld(value: Json | undefined, schema: Schema | undefined): Json | undefined {
  if (schema?.["x-go-value"] === true) return value ?? {};
  return value === null || value === "" ? undefined : value;
}

function itemPairs(
  before: readonly Json[],
  after: readonly Json[],
  schema: Schema | undefined,
): readonly Pair[] {
  const [old, next] = [itemsByElement(before, schema), itemsByElement(after, schema)];
  return [...new Set([...old.keys(), ...next.keys()])].map((element) => ({
    element,
    before: old.get(element),
    after: next.get(element),
    schema: schema?.items,
  }));
}

function objectOr(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listOr(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}
