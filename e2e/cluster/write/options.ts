import { type ApiError, type FieldError, invalid } from "../http/api-error.ts";
import { forbiddenField, notSupported, required } from "../http/field-errors.ts";
import { type Json } from "../json.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** The options that every write takes as query parameters. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  /** Who owns what is written: what the client calls itself, or else its program. */
  readonly manager: string;
}

/** What a PATCH may say besides: whether an apply takes fields over from others. */
export interface PatchOptions extends WriteOptions {
  readonly force: boolean;
}

const longestManager = 128;

type OptionsKind = "CreateOptions" | "UpdateOptions" | "PatchOptions" | "DeleteOptions";

/** Throws ApiError 422 for values that do not exist. */
export function writeOptionsOf(
  query: URLSearchParams,
  kind: OptionsKind,
  userAgent: string | undefined,
): WriteOptions {
  return {
    dryRun: dryRunOf(query.getAll("dryRun"), kind),
    fieldValidation: fieldValidationOf(query.get("fieldValidation"), kind),
    manager: managerOf(query.get("fieldManager") ?? "", kind, userAgent),
  };
}

/** An apply must say who applies; every other patch may not be forced. */
export function patchOptionsOf(
  query: URLSearchParams,
  isApply: boolean,
  userAgent: string | undefined,
): PatchOptions {
  const options = writeOptionsOf(query, "PatchOptions", userAgent);
  if (isApply && (query.get("fieldManager") ?? "") === "")
    throw refused("PatchOptions", required("fieldManager", "is required for apply patch"));
  if (!isApply && query.has("force"))
    throw refused("PatchOptions", forbiddenField("force", "may not be specified for non-apply patch"));
  return { ...options, force: query.get("force") === "true" };
}

function managerOf(given: string, kind: OptionsKind, userAgent: string | undefined): string {
  if (Buffer.byteLength(given) > longestManager) {
    const message = `Too long: may not be more than ${longestManager} bytes`;
    throw refused(kind, { field: "fieldManager", reason: "FieldValueTooLong", message });
  }
  if (given !== "") return given;
  const program = (userAgent ?? "").split("/")[0]?.slice(0, longestManager) ?? "";
  return program === "" ? "unknown" : program;
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
