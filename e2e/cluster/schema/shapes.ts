import { type Schema } from "./schema.ts";

/** Short words in which the schemas of the core kinds are written down. */

export const text: Schema = { type: "string" };
/** A text that is shown even when it is empty: a pointer in Go. */
export const keptText: Schema = { type: "string" };
export const flag: Schema = { type: "boolean" };
/** A flag that is not shown when it is false: no pointer in Go. */
export const omittedFlag: Schema = { type: "boolean" };
export const int32: Schema = { type: "integer", format: "int32" };
export const int64: Schema = { type: "integer", format: "int64" };
export const time: Schema = { type: "string", format: "date-time" };
/** metav1.MicroTime: exactly six digits after the second. */
export const microTime: Schema = { type: "string", format: "date-time" };
export const intOrString: Schema = { "x-kubernetes-int-or-string": true };
/** What is stored as it comes: the suites never look inside. */
export const open: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

export function struct(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[] = [],
): Schema {
  return { type: "object", properties, ...(required.length === 0 ? {} : { required }) };
}

/** A struct that Go holds by value: empty or absent is the same. */
export function byValue(schema: Schema): Schema {
  return { ...schema, "x-go-value": true };
}

/** A struct or map that is owned whole. */
export function whole(schema: Schema): Schema {
  return { ...schema, "x-kubernetes-map-type": "atomic" };
}

/** A struct of which only some fields are described; the others are kept. */
export function partly(properties: Readonly<Record<string, Schema>>): Schema {
  return { ...struct(properties), "x-kubernetes-preserve-unknown-fields": true };
}

export function list(items: Schema): Schema {
  return { type: "array", items, "x-kubernetes-list-type": "atomic" };
}

/** A list whose items are paired by `mapKeys`; a strategic merge patch pairs them by the first of these. */
export function keyedList(items: Schema, ...mapKeys: readonly [string, ...string[]]): Schema {
  return {
    type: "array",
    items,
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": mapKeys,
    "x-kubernetes-patch-merge-key": mapKeys[0],
    "x-kubernetes-patch-strategy": "merge",
  };
}

/** A list of texts that a strategic merge patch adds to. */
export const mergedTexts: Schema = {
  type: "array",
  items: text,
  "x-kubernetes-list-type": "set",
  "x-kubernetes-patch-strategy": "merge",
};

export function mapOf(values: Schema): Schema {
  return { type: "object", additionalProperties: values };
}

export const texts: Schema = list(text);
export const textMap: Schema = mapOf(text);

export const condition: Schema = struct(
  {
    type: text,
    status: text,
    observedGeneration: int64,
    lastTransitionTime: time,
    reason: text,
    message: text,
  },
  ["type", "status", "lastTransitionTime", "reason", "message"],
);

export const conditions: Schema = keyedList(condition, "type");
