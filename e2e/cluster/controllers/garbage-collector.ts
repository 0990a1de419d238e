import { type KubeObject, type OwnerReference } from "../json.ts";
import { type ResourceDefinition, resourceKey } from "../resources/definition.ts";
import { objectKey } from "../store/object-store.ts";
import { deleteObject } from "../write/delete.ts";
import { type WriteContext } from "../write/write-context.ts";

/**
 * The garbage collector in small: what a removed object owned is deleted at once; a dependent that another owner still
 * holds only loses its reference.
 */
export function startGarbageCollector(context: WriteContext): void {
  context.store.observe((_resource, event) => {
    const { uid } = event.object.metadata;
    if (event.type === "DELETED" && uid !== undefined) collectDependents(context, uid);
  });
}

function collectDependents(context: WriteContext, ownerUid: string): void {
  for (const definition of context.registry.all()) {
    for (const object of context.store.list(resourceKey(definition))) {
      const references = object.metadata.ownerReferences;
      if (references === undefined || !references.some(({ uid }) => uid === ownerUid)) continue;
      release(
        context,
        definition,
        object,
        references.filter(({ uid }) => uid !== ownerUid),
      );
    }
  }
}

function release(
  context: WriteContext,
  definition: ResourceDefinition,
  object: KubeObject,
  left: readonly OwnerReference[],
): void {
  const { name = "", namespace } = object.metadata;
  const version = definition.versions[0];
  if (left.length === 0 && version !== undefined) {
    const options = { dryRun: false, uid: undefined, resourceVersion: undefined };
    deleteObject(context, { definition, version, namespace, name }, options);
    return;
  }
  const place = { resource: resourceKey(definition), key: objectKey(namespace, name) };
  context.store.put(place, { ...object, metadata: { ...object.metadata, ownerReferences: left } });
}
