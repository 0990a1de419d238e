import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { fieldSchema, type Schema } from "../schema/schema.ts";
import { asMember, elements, type Fields, isMember, leaf, node } from "./field-set.ts";
import { fieldElement, isField, itemsByElement, structureOf } from "./structure.ts";

/** Every path of the object that somebody who applies it comes to own. */
export function fieldSetOf(object: JsonObject, schema: Schema): Fields {
  return fieldsOf(object, schema);
}

function setOf(value: Json, schema: Schema | undefined): Fields {
  switch (structureOf(value, schema)) {
    case "leaf":
      return leaf;
    case "fields":
      return isObject(value) ? fieldsOf(value, schema) : undefined;
    case "items":
      return isArray(value) ? itemsOf(value, schema) : undefined;
  }
}

/** A struct's field is owned through what is in it, the entry of a map also as such. */
function fieldsOf(object: JsonObject, schema: Schema | undefined): Fields {
  const children: Record<string, Fields> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const set = setOf(value, fieldSchema(schema, name));
    const isEntry = !isField(schema, name) || isEmpty(value);
    children[fieldElement(name)] = isEntry ? asMember(set) : set;
  }
  return node(false, children);
}

function isEmpty(value: Json): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

function itemsOf(items: readonly Json[], schema: Schema | undefined): Fields {
  const children: Record<string, Fields> = {};
  for (const [element, item] of itemsByElement(items, schema)) {
    children[element] = asMember(setOf(item, schema?.items));
  }
  return node(false, children);
}

/** The set with every field of a struct in it that is only on the way to a member, as if it were owned itself. */
export function withStructFields(set: Fields, schema: Schema | undefined): Fields {
  if (set === undefined) return undefined;
  const children: Record<string, Fields> = {};
  for (const element of elements(set)) {
    const name = element.slice(2);
    const isName = element.startsWith("f:");
    const inner = withStructFields(set[element], isName ? fieldSchema(schema, name) : schema?.items);
    children[element] = isName && isField(schema, name) ? asMember(inner) : inner;
  }
  return node(isMember(set), children);
}
