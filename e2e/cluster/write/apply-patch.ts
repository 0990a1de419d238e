import { applyObject } from "../apply/apply-object.ts";
import { managedOf } from "../apply/managed-fields.ts";
import { typedError } from "../apply/typed-errors.ts";
import { ApiError, badRequest, notFound } from "../http/api-error.ts";
import { type JsonObject, jsonText, type KubeObject, stringAt } from "../json.ts";
import { apiVersionOf } from "../resources/definition.ts";
import { createObject } from "./create.ts";
import { trackingOf, withoutManaged } from "./managed.ts";
import { type PatchOptions } from "./options.ts";
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

export const applyMediaType = "application/apply-patch+yaml";

/**
 * PATCH with an apply configuration: server-side apply, which creates what is missing, except through a subresource.
 * Throws ApiError: 400 and 500 for what is no configuration of this kind, 409 for fields of other managers.
 */
export function applyPatch(
  context: WriteContext,
  target: NamedTarget,
  subresource: Subresource,
  config: JsonObject,
  options: PatchOptions,
): Written & { readonly created: boolean } {
  const { definition, version, name } = target;
  checkConfiguration(target, config);
  const stored = context.store.get(placeOf(target, name));
  if (stored === undefined && subresource !== undefined) throw notFound(resourceNameOf(target), name);
  const live = stored === undefined ? undefined : asVersion(stored, definition, version);
  const tracking = trackingOf(context, { ...target, subresource }, options.manager, "Apply");
  const { object, managedFields } = applyObject(
    live === undefined ? {} : withoutManaged(live),
    config,
    live === undefined ? [] : managedOf(live),
    { ...tracking, force: options.force },
  );
  if (stored === undefined) {
    const from = { pathName: checkedName(config, name), managedFields };
    return { ...createObject(context, target, object, options, from), created: true };
  }
  const refuse = refusePatch(object);
  const read = readObject(object, definition, version, { fieldValidation: options.fieldValidation, refuse });
  const replacement = {
    ...options,
    stored,
    next: read.object,
    warnings: read.warnings,
    isPatch: true,
    managedFields,
  };
  return { ...replaceObject(context, target, subresource, replacement), created: false };
}

function checkConfiguration({ definition, version }: NamedTarget, config: JsonObject): void {
  const apiVersion = apiVersionOf(definition.group, version.name);
  if (config["apiVersion"] !== apiVersion || config["kind"] !== definition.kind)
    throw badRequest(`invalid object type: ${shownType(config)}`);
  const { metadata } = config as Partial<KubeObject>;
  if ((metadata?.["managedFields"] ?? null) !== null) throw badRequest("metadata.managedFields must be nil");
  const wrong = typedError(config, version.schema);
  if (wrong === undefined) return;
  const named = `${stringAt(config, "metadata", "namespace") ?? ""}/${stringAt(config, "metadata", "name") ?? ""}`;
  throw new ApiError(
    500,
    undefined,
    `failed to create typed patch object (${named}; ${shownType(config)}): ${wrong}`,
  );
}

function shownType(config: JsonObject): string {
  const apiVersion = jsonText(config["apiVersion"]);
  return `${apiVersion.includes("/") ? "" : "/"}${apiVersion}, Kind=${jsonText(config["kind"])}`;
}

function checkedName(config: JsonObject, pathName: string): string {
  if ((stringAt(config, "metadata", "name") ?? "") !== "") return pathName;
  throw badRequest(
    `the name of the object (${pathName} based on URL) was undeterminable: name must be provided`,
  );
}
