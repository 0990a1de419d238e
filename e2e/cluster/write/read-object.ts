import { type ApiError, badRequest, invalid } from "../http/api-error.ts";
import { invalidValue } from "../http/field-errors.ts";
import {
  isObject,
  type Json,
  type JsonObject,
  jsonText,
  type KubeObject,
  objectAt,
  stringAt,
} from "../json.ts";
import {
  apiVersionOf,
  inVersion,
  type ResourceDefinition,
  type ServedVersion,
} from "../resources/definition.ts";
import { DecodeError } from "../schema/decode.ts";
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
  const named = asNamed(raw, definition, version, options);
  const { value, unknown } = prune(named, version.schema);
  // A typed decoder complains in the order of the document, the one for custom resources in that of the alphabet.
  const complaints = (definition.custom ? [...unknown].sort() : unknown).map(
    (path) => `unknown field "${path}"`,
  );
  if (options.fieldValidation === "Strict" && complaints.length > 0) {
    throw options.refuse(`strict decoding error: ${complaints.join(", ")}`);
  }
  const object = decoded(value as KubeObject, definition, version, options);
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

function decoded(
  object: KubeObject,
  definition: ResourceDefinition,
  version: ServedVersion,
  options: ReadOptions,
): KubeObject {
  try {
    return definition.strategy.decode(object, version);
  } catch (error) {
    if (error instanceof DecodeError) throw options.refuse(error.message);
    throw error;
  }
}

/** The body with the kind it is meant to have. Throws ApiError when it says that it is something else. */
function asNamed(
  raw: JsonObject,
  definition: ResourceDefinition,
  version: ServedVersion,
  options: ReadOptions,
): KubeObject {
  const { group, kind, custom } = definition;
  const apiVersion = apiVersionOf(group, version.name);
  // The path says it too; a typed server is content with that, the one for custom resources is not.
  const given = custom ? raw : { apiVersion, kind, ...raw };
  const metadata = objectAt(raw, "metadata");
  if (given["kind"] === undefined || given["apiVersion"] === undefined) {
    const missing = given["kind"] === undefined ? "Kind" : "apiVersion";
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind}): Object '${missing}' is missing`,
    );
  }
  if (given["kind"] !== kind && custom) {
    const why = invalidValue("kind", given["kind"], `must be ${kind}`);
    throw invalid({ group, kind: jsonText(given["kind"]) }, stringAt(metadata, "name") ?? "", [why]);
  }
  if (given["kind"] !== kind || given["apiVersion"] !== apiVersion) {
    const found = `${jsonText(given["apiVersion"])}, Kind=${jsonText(given["kind"])}`;
    throw options.refuse(
      `the API version in the data (${found}) does not match (${apiVersion}, Kind=${kind})`,
    );
  }
  if (!isObject(raw["metadata"] ?? {}))
    throw options.refuse("json: cannot unmarshal metadata: it is not an object");
  return { ...given, apiVersion, kind, metadata };
}

/** An object of any version as it is stored: with what only the storage version knows filled in. */
export function asStored(object: KubeObject, definition: ResourceDefinition): KubeObject {
  const storage = definition.versions.find(({ name }) => name === definition.storageVersion);
  if (storage === undefined) return inVersion(object, definition.group, definition.storageVersion);
  return asVersion(object, definition, storage);
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
