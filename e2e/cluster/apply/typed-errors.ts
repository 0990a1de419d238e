import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldSchema, keepsUnknownFields, type Schema } from "../schema/schema.ts";
import { shown } from "./field-set.ts";
import { fieldElement, isAssociative, isField, itemElement, repeatedElement } from "./structure.ts";

/** The first thing in an applied object that its schema cannot hold, worded as the API server does; undefined if none. */
export function typedError(value: Json, schema: Schema | undefined, path = ""): string | undefined {
  if (value === null || schema === undefined) return undefined;
  const wrong = typeError(value, schema);
  if (wrong !== undefined) return `${path}: ${wrong}`;
  if (isObject(value)) return fieldError(value, schema, path);
  return isArray(value) ? itemError(value, schema, path) : undefined;
}

function typeError(value: Json, schema: Schema): string | undefined {
  switch (schema.type) {
    case "object":
      return isObject(value) ? undefined : `expected map, got &{${described(value)}}`;
    case "array":
      return isArray(value) ? undefined : `expected list, got &{${described(value)}}`;
    case "string":
    case "boolean":
      return typeof value === schema.type ? undefined : scalarError(schema.type, value);
    case "integer":
    case "number":
      return typeof value === "number" ? undefined : `expected numeric (int or float), got ${typeof value}`;
    default:
      return undefined;
  }
}

/** The API server prints texts as they are and other values in the notation of its own language. */
function scalarError(wanted: string, value: Json): string {
  const got =
    typeof value === "string" ? `&{${value}}` : `&value.valueUnstructured{Value:${described(value)}}`;
  return `expected ${wanted}, got ${got}`;
}

function described(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function fieldError(object: JsonObject, schema: Schema, path: string): string | undefined {
  for (const [name, value] of Object.entries(object)) {
    const inner = fieldSchema(schema, name);
    const here = path + shown(fieldElement(name));
    if (inner === undefined && !isField(schema, name) && !keepsUnknownFields(schema)) {
      return `${here}: field not declared in schema`;
    }
    const wrong = value === undefined ? undefined : typedError(value, inner, here);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function itemError(items: readonly Json[], schema: Schema, path: string): string | undefined {
  if (!isAssociative(schema)) return firstError(items, schema, (index) => `${path}[${index}]`);
  const nameless = items.findIndex((item) => itemElement(item, schema) === undefined);
  if (nameless >= 0) return `${path}: element ${nameless}: ${whyNameless(items[nameless], schema)}`;
  const repeated = repeatedElement(items, schema);
  if (repeated !== undefined) return `${path}: duplicate entries for key ${shown(repeated)}`;
  return firstError(items, schema, (_, item) => path + shown(itemElement(item, schema) ?? ""));
}

function firstError(
  items: readonly Json[],
  schema: Schema,
  pathOf: (index: number, item: Json) => string,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const wrong = typedError(item, schema.items, pathOf(index, item));
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function whyNameless(item: Json | undefined, schema: Schema): string {
  if (item === null) return "associative list with keys may not have a null element";
  if (!isObject(item)) return "associative list with keys may not have non-map elements";
  const keys = (schema["x-kubernetes-list-map-keys"] ?? []).map((key) => JSON.stringify(key)).join(" ");
  return (
    `associative list with keys has an element that omits all key fields [${keys}] ` +
    "(and doesn't have default values for any key fields)"
  );
}
