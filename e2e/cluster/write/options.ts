import { type ApiError, type FieldError, invalid } from "../http/api-error.ts";
import { notSupported } from "../http/field-errors.ts";
import { type Json } from "../json.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** The options that every write takes as query parameters. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

/** Throws ApiError 422 for values that do not exist. */
export function writeOptionsOf(query: URLSearchParams, kind: OptionsKind): WriteOptions {
  return {
    dryRun: dryRunOf(query.getAll("dryRun"), kind),
    fieldValidation: fieldValidationOf(query.get("fieldValidation"), kind),
  };
}

export function dryRunOf(values: readonly Json[], kind: OptionsKind): boolean {
  const given = values.filter((value) => value !== "");
  if (given.some((value) => value !== "All")) throw refused(kind, notSupported("dryRun", given, ["All"]));
  return given.length > 0;
}

function fieldValidationOf(text: string | null, kind: OptionsKind): FieldValidation {
  switch (text) {
    case null:
    case "":
    case "Warn":
      return "Warn";
    case "Ignore":
    case "Strict":
      return text;
    default:
      throw refused(kind, notSupported("fieldValidation", text, ["", "Ignore", "Strict", "Warn"]));
  }
}

function refused(kind: OptionsKind, error: FieldError): ApiError {
  return invalid({ group: "meta.k8s.io", kind }, "", [error]);
}
