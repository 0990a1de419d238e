import { type Fields, leaf } from "../apply/field-set.ts";
import { managedBefore, type ManagedFields, managedOf, sameEntries } from "../apply/managed-fields.ts";
import { type Tracking, trackUpdate } from "../apply/track-update.ts";
import { type JsonObject, type KubeObject, sameJson, without } from "../json.ts";
import { apiVersionOf } from "../resources/definition.ts";
import { type Subresource } from "./subresource.ts";
import { secondsTimestamp, type Target, type WriteContext } from "./write-context.ts";

/** Where a write goes in: at the object's own path or at that of its status. */
export interface Door extends Target {
  readonly subresource: Subresource;
}

/** Who writes, and what the door lets them own. */
export function trackingOf(
  context: WriteContext,
  door: Door,
  manager: string,
  operation: Tracking["writer"]["operation"],
): Tracking {
  const { definition, version, subresource } = door;
  const apiVersion = apiVersionOf(definition.group, version.name);
  return {
    writer: { manager, operation, apiVersion, subresource },
    schema: version.schema,
    typed: !definition.custom,
    ignored: ignoredAt(door),
    time: secondsTimestamp(context.clock),
  };
}

const statusOnly: Fields = { "f:spec": leaf };
const customStatusOnly: Fields = { "f:spec": leaf, "f:metadata": leaf };
const notStatus: Fields = { "f:status": leaf };

/** What cannot be written through this door. The status of a core kind lets metadata through, that of others does not. */
function ignoredAt({ definition, subresource }: Door): Fields {
  if (subresource === "status") return definition.custom ? customStatusOnly : statusOnly;
  return definition.hasStatus ? notStatus : undefined;
}

/** The client owns all that it sent, and the defaults that followed from it; not what the server adds later. */
export function managedAfterCreate(
  context: WriteContext,
  target: Target,
  object: KubeObject,
  manager: string,
): ManagedFields {
  const tracking = trackingOf(context, { ...target, subresource: undefined }, manager, "Update");
  return trackUpdate({}, withoutManaged(object), [], tracking);
}

/** An object that nobody is known to own is not tracked until somebody applies to it. */
export function managedAfterUpdate(
  context: WriteContext,
  door: Door,
  previous: KubeObject,
  next: KubeObject,
  manager: string,
): ManagedFields {
  const before = managedBefore(previous, next, door.subresource);
  if (before.length === 0) return before;
  const tracking = trackingOf(context, door, manager, "Update");
  return trackUpdate(withoutManaged(previous), withoutManaged(next), before, tracking);
}

export function withManaged(object: KubeObject, managedFields: ManagedFields): KubeObject {
  const metadata = without(object.metadata, "managedFields");
  const shown = managedFields.length === 0 ? {} : { managedFields };
  return { ...object, metadata: { ...metadata, ...shown } };
}

export function withoutManaged(object: KubeObject): JsonObject {
  return { ...object, metadata: without(object.metadata, "managedFields") };
}

/** Whether a write would change nothing but the times of managers: then it is none. */
export function sameButForTimes(next: KubeObject, stored: KubeObject): boolean {
  return (
    sameJson(withoutManaged(next), withoutManaged(stored)) && sameEntries(managedOf(next), managedOf(stored))
  );
}
