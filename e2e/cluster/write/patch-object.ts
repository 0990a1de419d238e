import { badRequest, notFound, unsupportedMediaType } from "../http/api-error.ts";
import { type Json, type JsonObject, isObject } from "../json.ts";
import { applyJsonPatch } from "../patch/json-patch.ts";
import { applyMergePatch } from "../patch/merge-patch.ts";
import { applyStrategicMergePatch } from "../patch/strategic-merge-patch.ts";
import { type ResourceDefinition, type ServedVersion } from "../resources/definition.ts";
import { type WriteOptions } from "./options.ts";
import { asVersion, readObject, refusePatch } from "./read-object.ts";
import { type Subresource } from "./subresource.ts";
import { replaceObject } from "./update.ts";
import {
  type NamedTarget,
  placeOf,
  resourceNameOf,
  type WriteContext,
  type Written,
} from "./write-context.ts";

type Patcher = (target: JsonObject, patch: Json) => JsonObject;

/** PATCH: applies the patch to the object in the version of the request. Throws ApiError. */
export function patchObject(
  context: WriteContext,
  target: NamedTarget,
  subresource: Subresource,
  patch: { readonly contentType: string; readonly read: () => Json },
  options: WriteOptions,
): Written {
  const { definition, version, name } = target;
  const patcher = patcherFor(patch.contentType, definition, version);
  const stored = context.store.get(placeOf(target, name));
  if (stored === undefined) throw notFound(resourceNameOf(target), name);
  const patched = patcher(asVersion(stored, definition, version), patch.read());
  const refuse = refusePatch(patched);
  const read = readObject(patched, definition, version, { fieldValidation: options.fieldValidation, refuse });
  return replaceObject(context, target, subresource, {
    stored,
    next: read.object,
    warnings: read.warnings,
    isPatch: true,
    ...options,
  });
}

function patcherFor(contentType: string, definition: ResourceDefinition, version: ServedVersion): Patcher {
  switch (contentType) {
    case "application/json-patch+json":
      return applyJsonPatch;
    case "application/merge-patch+json":
      return mergePatch;
    case "application/strategic-merge-patch+json":
      if (definition.custom) throw unsupportedPatch(definition);
      return (target, patch) => applyStrategicMergePatch(target, requireObject(patch), version.schema);
    default:
      throw unsupportedPatch(definition);
  }
}

function mergePatch(target: JsonObject, patch: Json): JsonObject {
  return requireObject(applyMergePatch(target, requireObject(patch)));
}

function requireObject(value: Json): JsonObject {
  if (!isObject(value)) throw badRequest("error decoding patch: the patch is not an object");
  return value;
}

function unsupportedPatch({ custom }: ResourceDefinition): Error {
  const accepted = ["application/json-patch+json", "application/merge-patch+json"];
  if (!custom) accepted.push("application/strategic-merge-patch+json");
  accepted.push("application/apply-patch+yaml");
  return unsupportedMediaType(
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}
