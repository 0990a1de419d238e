import { type Json } from "../json.ts";
import { type FieldError } from "./api-error.ts";

/** Builders of the causes of a 422, worded as `kubectl` users know them. */

export function invalidValue(field: string, value: Json | undefined, why: string): FieldError {
  return {
    field,
    reason: "FieldValueInvalid",
    message: `Invalid value: ${JSON.stringify(value ?? null)}: ${why}`,
  };
}

export function required(field: string, why?: string): FieldError {
  return {
    field,
    reason: "FieldValueRequired",
    message: why === undefined ? "Required value" : `Required value: ${why}`,
  };
}

export function notSupported(
  field: string,
  value: Json | undefined,
  supported: readonly string[],
): FieldError {
  const list = supported.map((item) => `"${item}"`).join(", ");
  const shown = JSON.stringify(value ?? null);
  return {
    field,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${shown}: supported values: ${list}`,
  };
}

export function forbiddenField(field: string, why: string): FieldError {
  return { field, reason: "FieldValueForbidden", message: `Forbidden: ${why}` };
}

export function duplicate(field: string, value: Json | undefined): FieldError {
  return {
    field,
    reason: "FieldValueDuplicate",
    message: `Duplicate value: ${JSON.stringify(value ?? null)}`,
  };
}
