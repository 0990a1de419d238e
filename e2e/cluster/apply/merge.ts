import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";
import { itemsByElement, structureOf } from "./structure.ts";

/** What the object becomes when `applied` is laid over it: leaves of `applied` win, the rest of `live` stays. */
export function mergeApplied(live: JsonObject, applied: JsonObject, schema: Schema): JsonObject {
  return mergeFields(live, applied, schema);
}

function mergeValues(live: Json | undefined, applied: Json, schema: Schema | undefined): Json {
  if (live === undefined || structureOf(live, schema) !== structureOf(applied, schema)) return applied;
  switch (structureOf(applied, schema)) {
    case "leaf":
      return applied;
    case "fields":
      return isObject(live) && isObject(applied) ? mergeFields(live, applied, schema) : applied;
    case "items":
      return isArray(live) && isArray(applied) ? mergeItems(live, applied, schema) : applied;
  }
}

function mergeFields(live: JsonObject, applied: JsonObject, schema: Schema | undefined): JsonObject {
  const result: Record<string, Json | undefined> = { ...live };
  for (const [name, value] of Object.entries(applied)) {
    if (value !== undefined) result[name] = mergeValues(live[name], value, fieldSchema(schema, name));
  }
  return result;
}

/**
 * The applied items in the applied order; each item that only `live` has stays before the first of the shared ones that
 * followed it (structured-merge-diff, typed/merge.go).
 */
function mergeItems(
  live: readonly Json[],
  applied: readonly Json[],
  schema: Schema | undefined,
): readonly Json[] {
  const before = itemsByElement(live, schema);
  const after = itemsByElement(applied, schema);
  const left = [...before.keys()];
  const right = [...after.keys()];
  const shared = right.filter((element) => before.has(element));
  const result: Json[] = [];
  const merged = new Set<string>();
  const take = (element: string): void => {
    const item = after.get(element);
    const old = before.get(element);
    result.push(item === undefined ? (old ?? null) : mergeValues(old, item, schema?.items));
    merged.add(element);
    if (shared[0] === element) shared.shift();
  };
  while (left.length > 0 || right.length > 0) {
    const [here, next] = [left[0], right[0]];
    if (here !== undefined && (merged.has(here) || isLater(here, next, shared[0], after))) left.shift();
    else if (here !== undefined && !after.has(here)) take(left.shift() ?? here);
    else if (next !== undefined) take(right.shift() ?? next);
    else left.shift();
  }
  return result;
}

/** A shared item of `live` whose turn in the applied order has not come: it is taken from there. */
function isLater(
  here: string,
  next: string | undefined,
  nextShared: string | undefined,
  after: ReadonlyMap<string, Json>,
): boolean {
  return next !== undefined && here !== next && after.has(here) && nextShared !== here;
}
