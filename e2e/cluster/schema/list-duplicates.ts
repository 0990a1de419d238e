import { type FieldError } from "../http/api-error.ts";
import { duplicate } from "../http/field-errors.ts";
import { isArray, isObject, type Json, type JsonObject, sameJson } from "../json.ts";
import { type Schema, valueSchema } from "./schema.ts";

/** Items that occur twice in lists which are sets or are keyed (`x-kubernetes-list-type`). */
export function duplicateErrors(schema: Schema, value: Json, path = ""): readonly FieldError[] {
  if (isArray(value)) {
    const { items } = schema;
    const inner =
      items === undefined ? [] : value.flatMap((item, i) => duplicateErrors(items, item, `${path}[${i}]`));
    return [...inner, ...repeated(value, schema, path)];
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const inner = schema.properties?.[name] ?? valueSchema(schema);
    if (inner === undefined || member === undefined) return [];
    return duplicateErrors(inner, member, path === "" ? name : `${path}.${name}`);
  });
}

function repeated(items: readonly Json[], schema: Schema, path: string): readonly FieldError[] {
  const type = schema["x-kubernetes-list-type"];
  if (type !== "set" && type !== "map") return [];
  const ids = items.map((item) => (type === "map" && isObject(item) ? keyOf(item, schema) : item));
  return ids.flatMap((id, index) =>
    ids.slice(0, index).some((other) => sameJson(other, id)) ? [duplicate(`${path}[${index}]`, id)] : [],
  );
}

function keyOf(item: JsonObject, schema: Schema): JsonObject {
  const keys = schema["x-kubernetes-list-map-keys"] ?? [];
  return Object.fromEntries(keys.filter((key) => key in item).map((key) => [key, item[key]]));
}
