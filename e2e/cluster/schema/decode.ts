import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { keptText, microTime, omittedFlag } from "./shapes.ts";
import { keepsUnknownFields, type Schema, valueSchema } from "./schema.ts";

/** A value that does not fit its Go type. Whoever asked for the decoding knows how to word the refusal. */
export class DecodeError extends Error {}

/**
 * Reads an object of a core kind as a typed server does: a value of the wrong type is an error; null, an empty text and
 * an empty list or map mean that the field is absent, unless the field is always shown. (Custom resources are validated
 * instead.) Throws DecodeError.
 */
export function decodeTyped(object: JsonObject, schema: Schema): JsonObject {
  return decodeFields(object, schema, "");
}

function decodeFields(object: JsonObject, schema: Schema, path: string): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined) continue;
    const isField = schema.properties !== undefined && Object.hasOwn(schema.properties, name);
    const inner = isField ? schema.properties?.[name] : valueSchema(schema);
    const decoded = decodeMember(value, inner, path === "" ? name : `${path}.${name}`, isField);
    if (decoded !== undefined) result[name] = decoded;
  }
  return keepsUnknownFields(schema) ? result : withRequired(result, schema);
}

/** What becomes of a field or of a map's value; undefined when it is as good as absent. */
function decodeMember(
  value: Json,
  schema: Schema | undefined,
  path: string,
  isField: boolean,
): Json | undefined {
  // In a map of texts a null is an empty text, as in Go.
  if (value === null) return !isField && schema?.type === "string" ? "" : undefined;
  const decoded = schema === undefined ? value : decodeValue(value, schema, path);
  return isField && isEmpty(decoded, schema) ? undefined : decoded;
}

/** Fields that a Go struct shows in any case, with the zero of their type. */
function withRequired(object: Record<string, Json>, schema: Schema): JsonObject {
  for (const name of schema.required ?? []) {
    const zero = zeroOf(schema.properties?.[name]);
    if (object[name] === undefined && zero !== undefined) object[name] = zero;
  }
  return object;
}

function zeroOf(schema: Schema | undefined): Json | undefined {
  if (schema?.format === "date-time") return null;
  return schema?.type === "string" ? "" : undefined;
}

function decodeValue(value: Json, schema: Schema, path: string): Json {
  const wanted = schema["x-kubernetes-int-or-string"] === true ? "int or string" : schema.type;
  if (wanted !== undefined && !isOfType(value, wanted)) {
    throw new DecodeError(`json: cannot unmarshal ${jsonTypeOf(value)} into field ${path} of type ${wanted}`);
  }
  if (schema.format === "date-time" && !isTime(value, schema)) {
    throw new DecodeError(
      `parsing time ${JSON.stringify(value)} of field ${path}: it is not in the form of ${schema === microTime ? "2006-01-02T15:04:05.000000Z" : "RFC 3339"}`,
    );
  }
  if (isObject(value)) return decodeFields(value, schema, path);
  const { items } = schema;
  if (!isArray(value) || items === undefined) return value;
  return value.map((item, index) => decodeValue(item ?? {}, items, `${path}[${index}]`));
}

const timeForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

function isTime(value: Json, schema: Schema): boolean {
  if (typeof value !== "string") return false;
  const form = timeForm.exec(value);
  if (form === null || Number.isNaN(Date.parse(value))) return false;
  return schema !== microTime || form[1]?.length === ".000000".length;
}

function isEmpty(value: Json, schema: Schema | undefined): boolean {
  if (value === "") return schema !== keptText;
  if (value === false) return schema === omittedFlag;
  if (isArray(value)) return value.length === 0;
  return isObject(value) && schema?.additionalProperties !== undefined && Object.keys(value).length === 0;
}

function isOfType(value: Json, wanted: string): boolean {
  switch (wanted) {
    case "object":
      return isObject(value);
    case "array":
      return isArray(value);
    case "integer":
      return Number.isSafeInteger(value);
    case "int or string":
      return typeof value === "string" || Number.isSafeInteger(value);
    default:
      return typeof value === wanted;
  }
}

function jsonTypeOf(value: Json): string {
  if (isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
