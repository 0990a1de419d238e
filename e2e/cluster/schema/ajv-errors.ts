import { type DefinedError } from "ajv";
import { type FieldError } from "../http/api-error.ts";
import { invalidValue, notSupported, required } from "../http/field-errors.ts";
import { isArray, type Json } from "../json.ts";

/** An ajv error in the words and with the cause of the API server. */
export function fieldErrorOf(error: DefinedError): FieldError {
  const field = fieldPath(error.instancePath);
  const value = error.data as Json;
  switch (error.keyword) {
    case "required":
      return required(join(field, error.params.missingProperty));
    case "type":
      return typeError(field, value, String(error.params.type).replace(/,?null$/, ""));
    case "enum":
      return notSupported(field, value, (error.params.allowedValues as readonly Json[]).map(String));
    case "minimum":
      return invalidValue(
        field,
        value,
        `${field} in body should be greater than or equal to ${error.params.limit}`,
      );
    case "maximum":
      return invalidValue(
        field,
        value,
        `${field} in body should be less than or equal to ${error.params.limit}`,
      );
    case "maxLength":
      return {
        field,
        reason: "FieldValueTooLong",
        message: `Too long: may not be more than ${error.params.limit} bytes`,
      };
    case "minLength":
      return invalidValue(
        field,
        value,
        `${field} in body should be at least ${error.params.limit} chars long`,
      );
    case "maxItems":
      return { field, reason: "FieldValueTooMany", message: tooMany(value, error.params.limit) };
    case "minItems":
      return invalidValue(
        field,
        sizeOf(value),
        `${field} in body should have at least ${error.params.limit} items`,
      );
    case "pattern":
      return invalidValue(field, value, `${field} in body should match '${error.params.pattern}'`);
    case "format":
      return formatError(field, value, error.params.format);
    default:
      return invalidValue(field, value, `${field} in body ${error.message ?? error.keyword}`);
  }
}

function formatError(field: string, value: Json, format: string): FieldError {
  if (format.startsWith("int")) {
    // The API server's validator loses the path here; what clients see has to be the same.
    return invalidValue(
      "<nil>",
      "",
      `Checked value must be of type integer with format ${format} in ${field}`,
    );
  }
  return invalidValue(field, value, `${field} in body must be of type ${format}: ${JSON.stringify(value)}`);
}

function typeError(field: string, value: Json, wanted: string): FieldError {
  const found = typeName(value);
  return {
    field,
    reason: "FieldValueTypeInvalid",
    message: `Invalid value: "${found}": ${field} in body must be of type ${wanted}: "${found}"`,
  };
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function tooMany(value: Json, limit: number): string {
  return `Too many: ${sizeOf(value)}: must have at most ${limit} item${limit === 1 ? "" : "s"}`;
}

function sizeOf(value: Json): number {
  return isArray(value) ? value.length : 0;
}

/** `/spec/addresses/0` as `spec.addresses[0]`. */
function fieldPath(pointer: string): string {
  const segments = pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
  return segments.reduce(
    (path, segment) => (/^\d+$/.test(segment) ? `${path}[${segment}]` : join(path, segment)),
    "",
  );
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
