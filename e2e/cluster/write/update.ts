import { badRequest, conflict, invalid, modified, notFound } from "../http/api-error.ts";
import { forbiddenField, invalidValue } from "../http/field-errors.ts";
import { type ManagedFields } from "../apply/managed-fields.ts";
import { compact, type JsonObject, type KubeObject, type ObjectMeta, sameJson, without } from "../json.ts";
import { finishDeletion } from "./delete.ts";
import { managedAfterUpdate, sameButForTimes, withManaged } from "./managed.ts";
import { metadataErrors } from "./names.ts";
import { type WriteOptions } from "./options.ts";
import { asStored, asVersion, readObject, refuseObject } from "./read-object.ts";
import { type Subresource } from "./subresource.ts";
import {
  type NamedTarget,
  placeOf,
  resourceNameOf,
  type Target,
  type WriteContext,
  type Written,
} from "./write-context.ts";

/** PUT: replaces an object, or its status. Throws ApiError. */
export function updateObject(
  context: WriteContext,
  target: NamedTarget,
  subresource: Subresource,
  raw: JsonObject,
  options: WriteOptions,
): Written {
  const { definition, version, name } = target;
  const stored = context.store.get(placeOf(target, name));
  if (stored === undefined) throw notFound(resourceNameOf(target), name);
  const refuse = refuseObject(definition, version);
  const read = readObject(raw, definition, version, { fieldValidation: options.fieldValidation, refuse });
  const asked = read.object.metadata.resourceVersion ?? "";
  if (asked === "" && !definition.strategy.unconditionalUpdate) {
    const why = invalidValue("metadata.resourceVersion", 0, "must be specified for an update");
    throw invalid({ group: definition.group, kind: definition.plural }, name, [why]);
  }
  return replaceObject(context, target, subresource, {
    stored,
    next: read.object,
    warnings: read.warnings,
    isPatch: false,
    ...options,
  });
}

interface Replacement extends WriteOptions {
  readonly stored: KubeObject;
  /** Read in the version of the request. */
  readonly next: KubeObject;
  readonly warnings: readonly string[];
  readonly isPatch: boolean;
  /** Who owns what afterwards, when it follows from an apply. */
  readonly managedFields?: ManagedFields;
}

/** Common end of PUT and PATCH: checks, the kind's own rules, validation, and the store. */
export function replaceObject(
  context: WriteContext,
  target: NamedTarget,
  subresource: Subresource,
  replacement: Replacement,
): Written {
  const { definition, version } = target;
  const { stored, next, warnings, dryRun } = replacement;
  checkIdentity(target, next.metadata, stored.metadata, replacement.isPatch);
  const previous = asVersion(stored, definition, version);
  const owners =
    replacement.managedFields ??
    managedAfterUpdate(context, { ...target, subresource }, previous, next, replacement.manager);
  const prepared = withManaged(prepare(target, subresource, next, previous), owners);
  validate(target, prepared, previous);
  const toStore = asStored(prepared, definition);
  const isSame = sameButForTimes(toStore, stored);
  if (dryRun || isSame) {
    return { object: asVersion(isSame ? stored : toStore, definition, version), warnings, changed: false };
  }
  const place = placeOf(target, target.name);
  const last = isFullyFinalized(toStore)
    ? finishDeletion(context, target, toStore)
    : context.store.put(place, toStore);
  return { object: asVersion(last, definition, version), warnings, changed: true };
}

function isFullyFinalized({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

function checkIdentity(target: NamedTarget, next: ObjectMeta, stored: ObjectMeta, isPatch: boolean): void {
  const { name } = target;
  const resource = resourceNameOf(target);
  if (next.name !== undefined && next.name !== name) {
    throw badRequest(`the name of the object (${next.name}) does not match the name on the URL (${name})`);
  }
  if (next.namespace !== undefined && next.namespace !== "" && next.namespace !== target.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const { uid, resourceVersion } = next;
  if (uid !== undefined && uid !== "" && uid !== stored.uid) {
    if (isPatch)
      throw invalid(target.definition, name, [invalidValue("metadata.uid", uid, "field is immutable")]);
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.uid}`,
    );
  }
  if (resourceVersion !== undefined && resourceVersion !== "" && resourceVersion !== stored.resourceVersion) {
    throw conflict(resource, name, modified);
  }
}

function prepare(
  target: Target,
  subresource: Subresource,
  next: KubeObject,
  previous: KubeObject,
): KubeObject {
  const { definition } = target;
  const { strategy } = definition;
  const named = { ...next, metadata: keptMetadata(next.metadata, previous.metadata) };
  if (subresource === "status") return strategy.prepareStatusUpdate(named, previous);
  const prepared = strategy.prepareUpdate(
    definition.hasStatus ? withStatusOf(named, previous) : named,
    previous,
  );
  if (!strategy.countsGenerations || sameJson(body(prepared), body(previous))) return prepared;
  const generation = (previous.metadata.generation ?? 0) + 1;
  return { ...prepared, metadata: { ...prepared.metadata, generation } };
}

/** What counts for the generation: all but metadata and status. */
function body(object: KubeObject): JsonObject {
  return without(object, "metadata", "status");
}

function withStatusOf(object: KubeObject, previous: KubeObject): KubeObject {
  const rest = without(object, "status");
  return {
    ...rest,
    ...(previous["status"] === undefined ? {} : { status: previous["status"] }),
  } as KubeObject;
}

/** The client's metadata with the fields that only the server sets. */
function keptMetadata(next: ObjectMeta, previous: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, resourceVersion, creationTimestamp, generation, generateName } = previous;
  const { deletionTimestamp, deletionGracePeriodSeconds } = previous;
  const server = { name, namespace, uid, resourceVersion, creationTimestamp, generation, generateName };
  const kept = {
    ...next,
    ...server,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    managedFields: undefined,
  };
  return compact({ ...kept, selfLink: undefined });
}

function validate(target: Target, next: KubeObject, previous: KubeObject): void {
  const { definition, version } = target;
  const { strategy } = definition;
  const added = addedFinalizers(next, previous);
  const errors = [
    ...metadataErrors(next.metadata, definition),
    ...added.map((name) =>
      forbiddenField(
        "metadata.finalizers",
        `no new finalizers can be added if the object is being deleted, found new finalizers [${name}]`,
      ),
    ),
    ...strategy.validate(next, previous, version),
  ];
  if (errors.length > 0) throw invalid(definition, next.metadata.name ?? "", errors);
}

function addedFinalizers(next: KubeObject, previous: KubeObject): readonly string[] {
  if (previous.metadata.deletionTimestamp === undefined) return [];
  const before = previous.metadata.finalizers ?? [];
  return (next.metadata.finalizers ?? []).filter((name) => !before.includes(name));
}
