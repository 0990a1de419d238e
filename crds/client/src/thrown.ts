import { types } from "node:util";

/**
 * Reading what others threw. `instanceof Error` is not asked, because it says no to errors of another realm: workers,
 * `node:vm` and test runners have an `Error` of their own.
 */
export function messageOf(thrown: unknown): string {
  if (!types.isNativeError(thrown)) return String(thrown);
  return thrown.message !== "" ? thrown.message : (errnoOf(thrown) ?? thrown.name);
}

/** Why a file cannot be read, for a sentence that names the file already: Node's own ends in its name. */
export function whyNotRead(thrown: unknown): string {
  return messageOf(thrown).replace(/, \w+ '.*'$/s, "");
}

/** Node's code of a failed operation: `ECONNRESET`, `ENOENT`, `ERR_TLS_CERT_ALTNAME_INVALID` and the like. */
export function errnoOf(thrown: unknown): string | undefined {
  if (!types.isNativeError(thrown) || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}
