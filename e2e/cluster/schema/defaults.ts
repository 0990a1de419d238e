import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { type Schema, valueSchema } from "./schema.ts";

/**
 * Fills in the defaults of a structural schema. An explicit null in a field that may not be null counts as absent,
 * so a default takes its place.
 */
export function applyDefaults(object: JsonObject, schema: Schema): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const inner = schema.properties?.[name] ?? valueSchema(schema);
    if (value === null && inner !== undefined && inner.nullable !== true) continue;
    result[name] = inner === undefined ? value : defaultValue(value, inner);
  }
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    if (result[name] === undefined && inner.default !== undefined)
      result[name] = defaultValue(inner.default, inner);
  }
  return result;
}

function defaultValue(value: Json, schema: Schema): Json {
  if (isObject(value)) return applyDefaults(value, schema);
  const { items } = schema;
  return isArray(value) && items !== undefined ? value.map((item) => defaultValue(item, items)) : value;
}
