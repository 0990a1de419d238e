import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";
import { type Fields, hasMember } from "./field-set.ts";
import { fieldElement, itemElement, structureOf } from "./structure.ts";

/** The object without the members of the set; a struct or list of which nothing is left becomes null, as with nothing applied. */
export function removeFields(object: JsonObject, removed: Fields, schema: Schema): JsonObject {
  const left = removeFrom(object, removed, schema);
  return isObject(left) ? left : {};
}

function removeFrom(value: Json, removed: Fields, schema: Schema | undefined): Json {
  if (removed === undefined) return value;
  switch (structureOf(value, schema)) {
    case "leaf":
      return value;
    case "fields":
      return isObject(value) ? fieldsLeft(value, removed, schema) : value;
    case "items":
      return isArray(value) ? itemsLeft(value, removed, schema) : value;
  }
}

function fieldsLeft(object: JsonObject, removed: Fields, schema: Schema | undefined): Json {
  const left: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    const element = fieldElement(name);
    if (value === undefined || hasMember(removed, element)) continue;
    left[name] = removeFrom(value, removed?.[element], fieldSchema(schema, name));
  }
  return Object.keys(left).length === 0 ? null : left;
}

function itemsLeft(items: readonly Json[], removed: Fields, schema: Schema | undefined): Json {
  const left = items.flatMap((item) => {
    const element = itemElement(item, schema) ?? "";
    return hasMember(removed, element) ? [] : [removeFrom(item, removed?.[element], schema?.items)];
  });
  return left.length === 0 ? null : left;
}
