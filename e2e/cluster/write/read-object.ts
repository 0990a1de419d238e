import { type ApiError, badRequest, invalid } from "../http/api-error.ts";
import { invalidValue } from "../http/field-errors.ts";
import { isObject, type Json, type JsonObject, type KubeObject, objectAt } from "../json.ts";
import {
  apiVersionOf,
  inVersion,
  type ResourceDefinition,
  type ServedVersion,
} from "../resources/definition.ts";
import { prune } from "../schema/prune.ts";
import { type FieldValidation } from "./options.ts";

/** A body that has become an object of its kind: pruned, typed, with defaults. */
export interface ReadObject {
  readonly object: KubeObject;
  /** Texts for Warning headers. */
  readonly warnings: readonly string[];
}

interface ReadOptions {
  readonly fieldValidation: FieldValidation;
  /** The answer when unknown fields are refused; it differs between bodies and patches. */
  readonly refuse: (why: string) => ApiError;
}

/** Throws ApiError for a body of another kind, of wrong types, or, if Strict, with unknown fields. */
export function readObject(
  raw: JsonObject,
  definition: ResourceDefinition,
  version: ServedVersion,
  options: ReadOptions,
): ReadObject {
  const named = { ...raw, metadata: objectAt(raw, "metadata") } as unknown as KubeObject;
  checkKind(named, definition, version);
  const { value, unknown } = prune(named, version.schema);
  // A typed decoder complains in the order of the document, the one for custom resources in that of the alphabet.
  const complaints = (definition.custom ? [...unknown].sort() : unknown).map(
    (path) => `unknown field "${path}"`,
  );
  if (options.fieldValidation === "Strict" && complaints.length > 0) {
    throw options.refuse(`strict decoding error: ${complaints.join(", ")}`);
  }
  const object = definition.strategy.decode(value as KubeObject, version);
  return { object, warnings: options.fieldValidation === "Warn" ? complaints : [] };
}

/** The refusal of a whole object whose fields are not all known. */
export function refuseObject(
  definition: ResourceDefinition,
  version: ServedVersion,
): (why: string) => ApiError {
  const { kind } = definition;
  return (why) => badRequest(`${kind} in version "${version.name}" cannot be handled as a ${kind}: ${why}`);
}

/** The refusal of a patch whose result has unknown fields. */
export function refusePatch(patched: Json): (why: string) => ApiError {
  return (why) => invalid({ group: "", kind: "" }, "", [invalidValue("patch", JSON.stringify(patched), why)]);
}

function checkKind(object: KubeObject, definition: ResourceDefinition, version: ServedVersion): void {
  const { group, kind } = definition;
  const apiVersion = apiVersionOf(group, version.name);
  if (object.kind === undefined || object.apiVersion === undefined) {
    const missing = object.kind === undefined ? "Kind" : "apiVersion";
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): Object '${missing}' is missing`,
    );
  }
  if (object.kind !== kind && definition.custom) {
    const why = invalidValue("kind", object.kind, `must be ${kind}`);
    throw invalid({ group, kind: object.kind }, object.metadata.name ?? "", [why]);
  }
  if (object.kind !== kind || object.apiVersion !== apiVersion) {
    throw badRequest(
      `the API version in the data (${object.apiVersion}, Kind=${object.kind}) does not match the expected API version ` +
        `(${apiVersion}, Kind=${kind})`,
    );
  }
}

/** A stored object as a version of its kind shows it: without what that version does not know, with its defaults. */
export function asVersion(
  stored: KubeObject,
  definition: ResourceDefinition,
  version: ServedVersion,
): KubeObject {
  const renamed = inVersion(stored, definition.group, version.name);
  if (definition.versions.length === 1) return renamed;
  return definition.strategy.decode(prune(renamed, version.schema).value as KubeObject, version);
}

export function parsedBody(body: Json | undefined): JsonObject {
  if (!isObject(body)) throw badRequest("the body of the request is not an object");
  return body;
}
