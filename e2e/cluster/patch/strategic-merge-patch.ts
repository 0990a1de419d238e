import { badRequest } from "../http/api-error.ts";
import { isArray, isObject, type Json, type JsonObject, sameJson, without } from "../json.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";
import { identityBy, orderMerged } from "./list-order.ts";

const directive = "$patch";
const retainKeys = "$retainKeys";
const elementOrder = "$setElementOrder/";
const deleteFromList = "$deleteFromPrimitiveList/";

/**
 * Strategic merge patch: a merge patch that pairs the items of lists by the merge key their schema names.
 * Understands the directives `$patch: delete|replace|merge`, `$retainKeys`, `$setElementOrder` and
 * `$deleteFromPrimitiveList`. Throws ApiError 400 for a patch that cannot be applied.
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  const how = patch[directive];
  if (how === "replace") return without(patch, directive);
  if (how === "delete") return {};
  if (how !== undefined && how !== "merge")
    throw badRequest(`unknown strategic merge directive ${JSON.stringify(how)}`);
  const result: Record<string, Json | undefined> = { ...retained(target, patch[retainKeys]) };
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined || name === directive || name === retainKeys) continue;
    if (name.startsWith(elementOrder) || name.startsWith(deleteFromList)) continue;
    if (value === null) delete result[name];
    else result[name] = mergeField(result[name], value, fieldSchema(schema, name));
  }
  removeFromLists(result, patch);
  orderLists(result, target, patch, schema);
  return result;
}

function retained(target: JsonObject, keys: Json | undefined): JsonObject {
  if (!isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([name]) => keys.includes(name)));
}

function mergeField(before: Json | undefined, patch: Json, schema: Schema | undefined): Json {
  if (isObject(patch)) return applyStrategicMergePatch(isObject(before) ? before : {}, patch, schema ?? {});
  if (!isArray(patch) || schema?.["x-kubernetes-patch-strategy"] !== "merge") return patch;
  const key = schema["x-kubernetes-patch-merge-key"];
  const items = isArray(before) ? before : [];
  return key === undefined ? union(items, patch) : mergeItems(items, patch, key, schema.items);
}

function union(before: readonly Json[], added: readonly Json[]): readonly Json[] {
  return [...before, ...added.filter((item) => !before.some((known) => sameJson(known, item)))];
}

function mergeItems(
  before: readonly Json[],
  patch: readonly Json[],
  key: string,
  schema: Schema | undefined,
): readonly Json[] {
  const replaces = patch.some((item) => isObject(item) && item[directive] === "replace");
  let result = replaces ? [] : [...before];
  for (const item of patch) {
    if (!isObject(item))
      throw badRequest(`strategic merge patch: an item of a list merged by ${key} is not an object`);
    if (item[directive] === "replace" && Object.keys(item).length === 1) continue;
    result = mergeItem(
      result,
      without(item, ...(item[directive] === "replace" ? [directive] : [])),
      key,
      schema,
    );
  }
  return result;
}

function mergeItem(
  items: readonly Json[],
  patch: JsonObject,
  key: string,
  schema: Schema | undefined,
): Json[] {
  const id = patch[key];
  if (id === undefined)
    throw badRequest(`map: ${JSON.stringify(patch)} does not contain declared merge key: ${key}`);
  const matches = (item: Json): boolean => isObject(item) && item[key] === id;
  if (patch[directive] === "delete") return items.filter((item) => !matches(item));
  if (!items.some(matches)) return [...items, applyStrategicMergePatch({}, patch, schema ?? {})];
  return items.map((item) =>
    matches(item) && isObject(item) ? applyStrategicMergePatch(item, patch, schema ?? {}) : item,
  );
}

function removeFromLists(result: Record<string, Json | undefined>, patch: JsonObject): void {
  for (const [name, removed] of directives(patch, deleteFromList)) {
    const items = result[name];
    if (isArray(items)) result[name] = items.filter((item) => !removed.some((gone) => sameJson(gone, item)));
  }
}

/** Orders every list that the patch merged or gave an order for. */
function orderLists(
  result: Record<string, Json | undefined>,
  before: JsonObject,
  patch: JsonObject,
  schema: Schema,
): void {
  const orders = new Map(directives(patch, elementOrder));
  for (const name of new Set([...orders.keys(), ...Object.keys(patch)])) {
    const items = result[name];
    const old = before[name];
    const own = fieldSchema(schema, name);
    const named = orders.get(name) ?? patch[name];
    if (!isArray(items) || !isArray(named) || own?.["x-kubernetes-patch-strategy"] !== "merge") continue;
    const identity = identityBy(own["x-kubernetes-patch-merge-key"]);
    result[name] = orderMerged(items, isArray(old) ? old : [], named, identity);
  }
}

function directives(patch: JsonObject, prefix: string): readonly (readonly [string, readonly Json[]])[] {
  return Object.entries(patch).flatMap(([name, value]) =>
    name.startsWith(prefix) && isArray(value) ? [[name.slice(prefix.length), value] as const] : [],
  );
}
