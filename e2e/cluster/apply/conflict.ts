import { ApiError } from "../http/api-error.ts";
import { type FieldSet, pathsOf } from "./field-set.ts";
import { type ManagedFieldsEntry } from "./managed-fields.ts";

interface Conflict {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
}

/** 409 with one cause per field that somebody else owns. */
export function applyConflict(conflicts: readonly Conflict[]): ApiError {
  const named = conflicts
    .map(({ entry, fields }) => ({ manager: shownManager(entry), paths: pathsOf(fields) }))
    .sort((a, b) => (a.manager < b.manager ? -1 : 1));
  const causes = named.flatMap(({ manager, paths }) =>
    paths.map((field) => ({ reason: "FieldManagerConflict", message: `conflict with ${manager}`, field })),
  );
  const [only] = causes;
  const text =
    causes.length === 1 && only !== undefined
      ? `1 conflict: ${only.message}: ${only.field}`
      : `${causes.length} conflicts: ${named.map(listed).join("\n")}`;
  return new ApiError(409, "Conflict", `Apply failed with ${text}`, { causes });
}

function listed({ manager, paths }: { readonly manager: string; readonly paths: readonly string[] }): string {
  return [`conflicts with ${manager}:`, ...paths.map((path) => `- ${path}`)].join("\n");
}

function shownManager({ manager, operation, subresource, apiVersion }: ManagedFieldsEntry): string {
  const through = subresource === undefined ? "" : ` with subresource "${subresource}"`;
  return `${JSON.stringify(manager)}${through}${operation === "Update" ? ` using ${apiVersion}` : ""}`;
}
