import { type KubeObject } from "../json.ts";
import { resourceKey } from "../resources/definition.ts";
import { deleteObject } from "../write/delete.ts";
import { type WriteContext } from "../write/write-context.ts";

/** Empties a namespace that is being deleted and removes it when nothing is left in it. */
export function startNamespaceLifecycle(context: WriteContext): void {
  context.store.observe((resource, event) => {
    if (resource === "namespaces" && event.type === "MODIFIED") advance(context, event.key);
    const { namespace } = event.object.metadata;
    if (event.type === "DELETED" && namespace !== undefined) advance(context, namespace);
  });
}

function advance(context: WriteContext, name: string): void {
  const namespace = context.store.get({ resource: "namespaces", key: name });
  if (namespace?.metadata.deletionTimestamp === undefined) return;
  for (const [object, remove] of content(context, name)) {
    if (object.metadata.deletionTimestamp === undefined) remove();
  }
  const isEmpty = content(context, name).length === 0 && (namespace.metadata.finalizers ?? []).length === 0;
  if (isEmpty) context.store.remove({ resource: "namespaces", key: name });
}

function content(context: WriteContext, namespace: string): readonly (readonly [KubeObject, () => void])[] {
  return context.registry.all().flatMap((definition) => {
    const version = definition.versions[0];
    if (!definition.namespaced || version === undefined) return [];
    const inside = context.store
      .list(resourceKey(definition))
      .filter((object) => object.metadata.namespace === namespace);
    return inside.map((object) => {
      const target = { definition, version, namespace, name: object.metadata.name ?? "" };
      const options = { dryRun: false, uid: undefined, resourceVersion: undefined };
      return [object, () => void deleteObject(context, target, options)] as const;
    });
  });
}
