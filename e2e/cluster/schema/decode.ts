import { badRequest } from "../http/api-error.ts";
import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { type Schema, valueSchema } from "./schema.ts";

/**
 * Reads an object of a core kind as a typed server does: a value of the wrong type is a 400, null and an empty list
 * or map mean that the field is absent. (Custom resources are validated instead, and answer 422.)
 */
export function decodeTyped(
  object: JsonObject,
  schema: Schema,
  kind: { version: string; kind: string },
): JsonObject {
  const fail = (path: string, value: Json, wanted: string): never => {
    throw badRequest(
      `${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ` +
        `json: cannot unmarshal ${jsonTypeOf(value)} into field ${path} of type ${wanted}`,
    );
  };
  return decodeFields(object, schema, "", fail);
}

type Fail = (path: string, value: Json, wanted: string) => never;

function decodeFields(object: JsonObject, schema: Schema, path: string, fail: Fail): JsonObject {
  const result: Record<string, Json> = {};
  for (const [name, value] of Object.entries(object)) {
    if (value === undefined || value === null) continue;
    const inner = schema.properties?.[name] ?? valueSchema(schema);
    const here = path === "" ? name : `${path}.${name}`;
    const decoded = inner === undefined ? value : decodeValue(value, inner, here, fail);
    if (!isOmitted(decoded, inner)) result[name] = decoded;
  }
  return result;
}

function decodeValue(value: Json, schema: Schema, path: string, fail: Fail): Json {
  const wanted = schema["x-kubernetes-int-or-string"] === true ? "int or string" : schema.type;
  if (wanted !== undefined && !isOfType(value, wanted)) fail(path, value, wanted);
  if (isObject(value)) return decodeFields(value, schema, path, fail);
  const { items } = schema;
  if (!isArray(value) || items === undefined) return value;
  return value.map((item, index) => decodeValue(item ?? {}, items, `${path}[${index}]`, fail));
}

function isOmitted(value: Json, schema: Schema | undefined): boolean {
  if (isArray(value)) return value.length === 0 && schema?.default === undefined;
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
