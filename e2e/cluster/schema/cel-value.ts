import { isArray, isObject, type Json } from "../json.ts";
import { type Schema, valueSchema } from "./schema.ts";

/** A JSON value as CEL sees it: what the schema calls an integer is an int there, not a double. */
export function toCel(value: Json | undefined, schema: Schema | undefined): unknown {
  if (typeof value === "number") return isInteger(value, schema) ? BigInt(value) : value;
  if (isArray(value)) return value.map((item) => toCel(item, schema?.items));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, item]) => {
    const inner = schema?.properties?.[name] ?? (schema === undefined ? undefined : valueSchema(schema));
    return [name, toCel(item, inner)] as const;
  });
  return Object.fromEntries(entries);
}

function isInteger(value: number, schema: Schema | undefined): boolean {
  const wanted = schema?.type === "integer" || schema?.["x-kubernetes-int-or-string"] === true;
  return wanted && Number.isInteger(value);
}
