import { badRequest } from "../http/api-error.ts";
import { isArray, isObject, type Json, type JsonObject, sameJson, without } from "../json.ts";
import { type Schema, valueSchema } from "../schema/schema.ts";

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
  orderLists(result, patch, schema);
  return result;
}

function fieldSchema(schema: Schema | undefined, name: string): Schema | undefined {
  return schema?.properties?.[name] ?? (schema === undefined ? undefined : valueSchema(schema));
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

/** Puts the items that the client knows into its order; the others keep their place at the end. */
function orderLists(result: Record<string, Json | undefined>, patch: JsonObject, schema: Schema): void {
  for (const [name, order] of directives(patch, elementOrder)) {
    const items = result[name];
    if (!isArray(items)) continue;
    const key = fieldSchema(schema, name)?.["x-kubernetes-patch-merge-key"];
    const idOf = (item: Json): Json | undefined => (key !== undefined && isObject(item) ? item[key] : item);
    const ids = order.map(idOf);
    const rank = (item: Json): number => {
      const index = ids.findIndex((id) => id !== undefined && sameJson(id, idOf(item)));
      return index === -1 ? ids.length : index;
    };
    result[name] = [...items].sort((a, b) => rank(a) - rank(b));
  }
}

function directives(patch: JsonObject, prefix: string): readonly (readonly [string, readonly Json[]])[] {
  return Object.entries(patch).flatMap(([name, value]) =>
    name.startsWith(prefix) && isArray(value) ? [[name.slice(prefix.length), value] as const] : [],
  );
}
