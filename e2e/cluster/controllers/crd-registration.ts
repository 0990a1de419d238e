import { definitionFromCrd } from "../resources/custom-resource.ts";
import { resourceKey } from "../resources/definition.ts";
import { deleteObject } from "../write/delete.ts";
import { type WriteContext } from "../write/write-context.ts";

export const crdResource = "customresourcedefinitions.apiextensions.k8s.io";

/** Serves what CustomResourceDefinitions define from the moment they are stored until they are deleted. */
export function startCrdRegistration(context: WriteContext): void {
  context.store.subscribe(crdResource, (event) => {
    if (event.type === "DELETED") withdraw(context, event.key);
    else context.registry.add(definitionFromCrd(event.object));
  });
}

function withdraw(context: WriteContext, key: string): void {
  const definition = context.registry.get(key);
  const version = definition?.versions[0];
  if (definition === undefined || version === undefined) return;
  for (const { metadata } of context.store.list(resourceKey(definition))) {
    const target = { definition, version, namespace: metadata.namespace, name: metadata.name ?? "" };
    deleteObject(context, target, { dryRun: false, uid: undefined, resourceVersion: undefined });
  }
  context.registry.remove(key);
}
