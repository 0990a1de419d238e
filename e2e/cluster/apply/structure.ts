import { isArray, isObject, type Json } from "../json.ts";
import { type Schema } from "../schema/schema.ts";

/**
 * How a value is owned: a `leaf` as a whole, the others part by part. What no schema describes is taken apart by its
 * fields, and its lists are owned whole.
 */
export type Structure = "leaf" | "fields" | "items";

export function structureOf(value: Json, schema: Schema | undefined): Structure {
  if (isArray(value)) return isAssociative(schema) ? "items" : "leaf";
  if (!isObject(value) || schema?.["x-kubernetes-map-type"] === "atomic") return "leaf";
  return "fields";
}

export function isAssociative(schema: Schema | undefined): boolean {
  const type = schema?.["x-kubernetes-list-type"];
  return type === "map" || type === "set";
}

/** Whether the name is that of a field rather than a key of a map. */
export function isField(schema: Schema | undefined, name: string): boolean {
  return schema?.properties !== undefined && Object.hasOwn(schema.properties, name);
}

export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** The element of an item of a keyed list or of a set; undefined for an item without any of the keys. */
export function itemElement(item: Json, list: Schema | undefined): string | undefined {
  if (list?.["x-kubernetes-list-type"] !== "map") return `v:${JSON.stringify(item)}`;
  if (!isObject(item)) return undefined;
  const keys: Record<string, Json> = {};
  for (const name of [...(list["x-kubernetes-list-map-keys"] ?? [])].sort()) {
    const value = item[name] ?? list.items?.properties?.[name]?.default;
    if (value !== undefined) keys[name] = value;
  }
  return Object.keys(keys).length === 0 ? undefined : `k:${JSON.stringify(keys)}`;
}

/** The items of an associative list by their elements; of several with the same element the last. */
export function itemsByElement(items: readonly Json[], list: Schema | undefined): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>();
  for (const item of items) {
    const element = itemElement(item, list);
    if (element !== undefined) found.set(element, item);
  }
  return found;
}

/** The first element that two items have; undefined when all differ. */
export function repeatedElement(items: readonly Json[], schema: Schema | undefined): string | undefined {
  const seen = new Set<string | undefined>();
  for (const item of items) {
    const element = itemElement(item, schema);
    if (seen.has(element)) return element;
    seen.add(element);
  }
  return undefined;
}
