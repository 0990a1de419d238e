import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldSchema, keepsUnknownFields, type Schema } from "./schema.ts";

export interface Pruned<T extends Json> {
  readonly value: T;
  /** Paths of the fields that the schema does not know, in order. */
  readonly unknown: readonly string[];
}

/** Removes what the schema does not describe, and says what that was (for `fieldValidation`). */
export function prune(object: JsonObject, schema: Schema): Pruned<JsonObject> {
  const unknown: string[] = [];
  return { value: pruneObject(object, schema, "", unknown), unknown };
}

function pruneValue(value: Json, schema: Schema, path: string, unknown: string[]): Json {
  if (isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) => pruneValue(item, items, `${path}[${index}]`, unknown));
  }
  return isObject(value) ? pruneObject(value, schema, path, unknown) : value;
}

function pruneObject(object: JsonObject, schema: Schema, path: string, unknown: string[]): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const inner = path === "" ? name : `${path}.${name}`;
    const known = fieldSchema(schema, name);
    if (known !== undefined) result[name] = pruneValue(value, known, inner, unknown);
    else if (keepsUnknownFields(schema)) result[name] = value;
    else unknown.push(inner);
  }
  return result;
}
