import { type Clock } from "@steelyard/model/foundation";
import { type KubeObject } from "../json.ts";
import { type ResourceDefinition, resourceKey, type ServedVersion } from "../resources/definition.ts";
import { type ResourceRegistry } from "../resources/registry.ts";
import { objectKey, type ObjectPlace, type ObjectStore } from "../store/object-store.ts";

/** What every write works on. */
export interface WriteContext {
  readonly store: ObjectStore;
  readonly registry: ResourceRegistry;
  readonly clock: Clock;
}

/** The object, or the collection, that a request is about. */
export interface Target {
  readonly definition: ResourceDefinition;
  readonly version: ServedVersion;
  readonly namespace: string | undefined;
}

export interface NamedTarget extends Target {
  readonly name: string;
}

/** The outcome of a write: what the client gets to see. */
export interface Written {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
  /** Whether anything was stored: a write without a difference is answered, but leaves no trace. */
  readonly changed: boolean;
}

export function placeOf(target: Target, name: string): ObjectPlace {
  return { resource: resourceKey(target.definition), key: objectKey(target.namespace, name) };
}

export function resourceNameOf({ definition }: Target): { readonly group: string; readonly plural: string } {
  return { group: definition.group, plural: definition.plural };
}

/** The wall clock in whole seconds, the precision of metav1.Time. */
export function secondsTimestamp(clock: Clock): string {
  return clock.timestamp().replace(/\.\d+Z$/, "Z");
}
