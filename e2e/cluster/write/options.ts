import { badRequest } from "../http/api-error.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

/** The options that every write takes as query parameters. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** Throws ApiError 400 for values that do not exist. */
export function writeOptionsOf(query: URLSearchParams): WriteOptions {
  return {
    dryRun: dryRunOf(query.getAll("dryRun")),
    fieldValidation: fieldValidationOf(query.get("fieldValidation")),
  };
}

export function dryRunOf(values: readonly unknown[]): boolean {
  const wrong = values.find((value) => value !== "All" && value !== "");
  if (wrong !== undefined)
    throw badRequest(`invalid dryRun value ${JSON.stringify(wrong)}: only "All" is supported`);
  return values.includes("All");
}

function fieldValidationOf(text: string | null): FieldValidation {
  switch (text) {
    case null:
    case "":
    case "Warn":
      return "Warn";
    case "Ignore":
    case "Strict":
      return text;
    default:
      throw badRequest(
        `fieldValidation: Unsupported value: "${text}": supported values: "Ignore", "Strict", "Warn"`,
      );
  }
}
