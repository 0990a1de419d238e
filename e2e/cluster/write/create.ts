import { randomUUID } from "node:crypto";
import { alreadyExists, ApiError, badRequest, forbidden, invalid, notFound } from "../http/api-error.ts";
import { type ManagedFields } from "../apply/managed-fields.ts";
import { type JsonObject, type KubeObject, type ObjectMeta, compact } from "../json.ts";
import { generatedName, metadataErrors } from "./names.ts";
import { type WriteOptions } from "./options.ts";
import { managedAfterCreate, withManaged } from "./managed.ts";
import { asStored, asVersion, readObject, refuseObject } from "./read-object.ts";
import {
  placeOf,
  resourceNameOf,
  secondsTimestamp,
  type Target,
  type WriteContext,
  type Written,
} from "./write-context.ts";

/** How an object comes to be otherwise than by POST. */
export interface Creation {
  /** The name in the path, for the PUT or the apply that creates. */
  readonly pathName?: string;
  /** Who owns what, when the caller knows better than that the writer owns all. */
  readonly managedFields?: ManagedFields;
}

/** POST: creates an object. Throws ApiError for everything the API server refuses. */
export function createObject(
  context: WriteContext,
  target: Target,
  raw: JsonObject,
  options: WriteOptions,
  { pathName, managedFields }: Creation = {},
): Written {
  const { definition, version } = target;
  const refuse = refuseObject(definition, version);
  const read = readObject(raw, definition, version, { fieldValidation: options.fieldValidation, refuse });
  const metadata = newMetadata(context, target, read.object.metadata, pathName);
  const owners = managedFields ?? managedAfterCreate(context, target, read.object, options.manager);
  checkNamespace(context, target);
  const prepared = definition.strategy.prepareCreate({ ...read.object, metadata });
  validate(target, prepared);
  const place = placeOf(target, metadata.name ?? "");
  if (context.store.get(place) !== undefined)
    throw alreadyExists(resourceNameOf(target), metadata.name ?? "");
  const toStore = asStored(withManaged(prepared, owners), definition);
  const stored = options.dryRun ? toStore : context.store.put(place, toStore);
  return {
    object: asVersion(stored, definition, version),
    warnings: read.warnings,
    changed: !options.dryRun,
  };
}

function newMetadata(
  context: WriteContext,
  target: Target,
  given: ObjectMeta,
  pathName?: string,
): ObjectMeta {
  if (given.resourceVersion !== undefined && given.resourceVersion !== "") {
    throw new ApiError(500, undefined, "resourceVersion should not be set on objects to be created");
  }
  if (pathName !== undefined && given.name !== undefined && given.name !== pathName) {
    throw badRequest(
      `the name of the object (${given.name}) does not match the name on the URL (${pathName})`,
    );
  }
  const { namespace } = target;
  if (given.namespace !== undefined && given.namespace !== "" && given.namespace !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  return compact({
    ...given,
    name: nameOf(given) ?? pathName,
    namespace,
    uid: randomUUID(),
    resourceVersion: undefined,
    creationTimestamp: secondsTimestamp(context.clock),
    deletionTimestamp: undefined,
    deletionGracePeriodSeconds: undefined,
    generation: target.definition.strategy.countsGenerations ? 1 : given.generation,
    managedFields: undefined,
    selfLink: undefined,
  });
}

function nameOf({ name, generateName }: ObjectMeta): string | undefined {
  if (name !== undefined && name !== "") return name;
  return generateName === undefined || generateName === "" ? undefined : generatedName(generateName);
}

const namespaces = { group: "", plural: "namespaces" };

function checkNamespace(context: WriteContext, { definition, namespace }: Target): void {
  if (namespace === undefined) return;
  const found = context.store.get({ resource: "namespaces", key: namespace });
  if (found === undefined) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  throw forbidden(
    definition,
    "",
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  );
}

function validate(target: Target, object: KubeObject): void {
  const { definition, version } = target;
  const errors = [
    ...metadataErrors(object.metadata, definition),
    ...definition.strategy.validate(object, undefined, version),
  ];
  if (errors.length > 0)
    throw invalid(definition, object.metadata.name ?? object.metadata.generateName ?? "", errors);
}
