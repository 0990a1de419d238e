import { applyPatch, type Operation } from "rfc6902";
import { ApiError, badRequest } from "../http/api-error.ts";
import { isArray, isObject, type Json, type JsonObject } from "../json.ts";

const operations = ["add", "remove", "replace", "move", "copy", "test"];

/** The API server's cap, against patches that are an attack. */
const mostOperations = 10_000;

/**
 * JSON patch (RFC 6902). Throws ApiError 400 for a body that is no patch and 422 when an operation fails,
 * a `test` included: the API server tells the client nothing more than that.
 */
export function applyJsonPatch(target: JsonObject, patch: Json): JsonObject {
  const checked = operationsOf(patch);
  // The library edits in place; stored objects are immutable, so it works on a copy.
  const copy = structuredClone(target) as JsonObject;
  const failed = applyPatch(copy, checked).find((error) => error !== null);
  if (failed !== undefined && failed !== null) throw rejected();
  return copy;
}

function operationsOf(patch: Json): Operation[] {
  if (!isArray(patch)) throw badRequest("error decoding patch: a JSON patch is an array of operations");
  if (patch.length > mostOperations) throw badRequest(`patch has more than ${mostOperations} operations`);
  if (!patch.every(isOperation)) throw rejected();
  return patch as unknown as Operation[];
}

function isOperation(item: Json): boolean {
  return (
    isObject(item) &&
    typeof item["path"] === "string" &&
    typeof item["op"] === "string" &&
    operations.includes(item["op"])
  );
}

function rejected(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
