import { conflict, invalid, notFound } from "../http/api-error.ts";
import { notSupported } from "../http/field-errors.ts";
import { arrayAt, isObject, type Json, type JsonObject, type KubeObject, stringAt } from "../json.ts";
import { dryRunOf } from "./options.ts";
import {
  type NamedTarget,
  placeOf,
  resourceNameOf,
  secondsTimestamp,
  type Target,
  type WriteContext,
} from "./write-context.ts";

/** metav1.DeleteOptions, from the body or from query parameters. */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly uid: string | undefined;
  readonly resourceVersion: string | undefined;
}

export function deleteOptionsOf(body: Json | undefined, query: URLSearchParams): DeleteOptions {
  const options: JsonObject = isObject(body) ? body : {};
  checkPropagation(options["propagationPolicy"] ?? query.get("propagationPolicy") ?? "Background");
  return {
    dryRun: dryRunOf([...query.getAll("dryRun"), ...arrayAt(options, "dryRun")], "DeleteOptions"),
    uid: stringAt(options, "preconditions", "uid"),
    resourceVersion: stringAt(options, "preconditions", "resourceVersion"),
  };
}

const propagationPolicies = ["Foreground", "Background", "Orphan"];

/** Dependents go at once here, so that in the foreground and in the background come to the same. */
function checkPropagation(policy: Json): void {
  if (typeof policy === "string" && propagationPolicies.includes(policy)) return;
  const error = notSupported("propagationPolicy", policy, [...propagationPolicies, "nil"]);
  throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", [error]);
}

export interface Deleted {
  readonly object: KubeObject;
  /** False while finalizers hold the object: it is only marked. */
  readonly gone: boolean;
  readonly changed: boolean;
}

/** DELETE: removes the object, or marks it when finalizers hold it. Throws ApiError 404 or 409. */
export function deleteObject(context: WriteContext, target: NamedTarget, options: DeleteOptions): Deleted {
  const stored = context.store.get(placeOf(target, target.name));
  if (stored === undefined) throw notFound(resourceNameOf(target), target.name);
  checkPreconditions(target, stored, options);
  const holds = (stored.metadata.finalizers ?? []).length > 0 || isNamespace(target);
  if (options.dryRun) return { object: stored, gone: !holds, changed: false };
  if (!holds) return { object: finishDeletion(context, target, stored), gone: true, changed: true };
  if (stored.metadata.deletionTimestamp !== undefined) return { object: stored, gone: false, changed: false };
  const marked = context.store.put(placeOf(target, target.name), markedForDeletion(context, target, stored));
  return { object: marked, gone: false, changed: true };
}

/** Namespaces are held until their content is gone (namespace-lifecycle.ts). */
function isNamespace({ definition }: Target): boolean {
  return definition.group === "" && definition.plural === "namespaces";
}

function checkPreconditions(
  target: NamedTarget,
  stored: KubeObject,
  { uid, resourceVersion }: DeleteOptions,
): void {
  const { metadata } = stored;
  const named = { group: target.definition.group, plural: target.definition.kind };
  if (uid !== undefined && uid !== metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid})`;
    throw conflict(named, target.name, why);
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const recorded = metadata.resourceVersion ?? "";
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${recorded})`;
    throw conflict(named, target.name, why);
  }
}

function markedForDeletion(context: WriteContext, { definition }: Target, stored: KubeObject): KubeObject {
  const { metadata } = stored;
  const generation = metadata.generation === undefined ? {} : { generation: metadata.generation + 1 };
  const deletionTimestamp = secondsTimestamp(context.clock);
  const marked = {
    ...stored,
    metadata: { ...metadata, ...generation, deletionTimestamp, deletionGracePeriodSeconds: 0 },
  };
  if (definition.plural !== "namespaces" || definition.group !== "") return marked;
  return { ...marked, status: { phase: "Terminating" } };
}

/** Removes the object for good; what it owned goes with the garbage collector. */
export function finishDeletion(context: WriteContext, target: NamedTarget, last: KubeObject): KubeObject {
  const place = placeOf(target, target.name);
  // The last state may differ from the stored one (the update that removed the last finalizer): watchers see it.
  const removed = context.store.remove(place, last);
  if (removed === undefined) throw notFound(resourceNameOf(target), target.name);
  return removed;
}
