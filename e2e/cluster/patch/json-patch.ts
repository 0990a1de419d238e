import { applyPatch, type Operation } from "rfc6902";
import { ApiError, badRequest } from "../http/api-error.ts";
import { at, isArray, isObject, type Json, type JsonObject } from "../json.ts";

const operations = ["add", "remove", "replace", "move", "copy", "test"];

/** The API server's cap, against patches that are an attack. */
const mostOperations = 10_000;

/**
 * JSON patch (RFC 6902). Throws ApiError 400 for a body that is no patch and 422 when an operation fails,
 * a `test` included: the API server tells the client nothing more than that.
 */
export function applyJsonPatch(target: JsonObject, patch: Json): JsonObject {
  // The library edits in place; stored objects are immutable, so it works on a copy.
  const copy: JsonObject = structuredClone(target);
  for (const operation of operationsOf(patch)) {
    if (isTestOfNothing(copy, operation)) continue;
    const [failed] = applyPatch(copy, [asUnderstood(copy, operation)]);
    if (failed !== null && failed !== undefined) throw rejected();
  }
  return copy;
}

/** RFC 6902, section 4.3, wants the target of `replace` to exist; the API server is content when its parent does. */
function asUnderstood(target: JsonObject, operation: Operation): Operation {
  if (operation.op !== "replace") return operation;
  const steps = operation.path.split("/").slice(1).map(unescape);
  const parent = at(target, ...steps.slice(0, -1).map((step) => (/^\d+$/.test(step) ? Number(step) : step)));
  const isNew = isObject(parent) && !Object.hasOwn(parent, steps.at(-1) ?? "");
  return isNew ? { ...operation, op: "add" } : operation;
}

/** What is absent and what is null are the same to the API server's `test`. */
function isTestOfNothing(target: JsonObject, operation: Operation): boolean {
  if (operation.op !== "test" || operation.value !== null) return false;
  const steps = operation.path.split("/").slice(1).map(unescape);
  const parent = at(target, ...steps.slice(0, -1));
  return isObject(parent) && parent[steps.at(-1) ?? ""] === undefined;
}

function unescape(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function operationsOf(patch: Json): readonly Operation[] {
  if (!isArray(patch)) throw badRequest("error decoding patch: a JSON patch is an array of operations");
  if (patch.length > mostOperations) throw badRequest(`patch has more than ${mostOperations} operations`);
  if (!patch.every(isOperation)) throw rejected();
  return patch as unknown as readonly Operation[];
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
