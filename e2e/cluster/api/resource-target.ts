import { methodNotAllowed, noSuchResource } from "../http/api-error.ts";
import { type ResourcePath, type Verb } from "../http/route.ts";
import { type Subresource } from "../write/subresource.ts";
import { type NamedTarget, type Target, type WriteContext } from "../write/write-context.ts";

/** The resource that a path names, checked against what is served. Throws ApiError 404 or 405. */
export function resolveTarget(context: WriteContext, path: ResourcePath, verb: Verb): Target {
  const found = context.registry.find(path.group, path.version, path.resource);
  if (found === undefined) throw noSuchResource();
  const { definition } = found;
  if (!definition.namespaced && path.namespace !== undefined) throw noSuchResource();
  // A namespaced resource may be listed and watched across all namespaces, nothing else.
  const isAcross = definition.namespaced && path.namespace === undefined;
  if (isAcross && verb !== "list" && verb !== "watch") {
    throw path.name === undefined ? methodNotAllowed() : noSuchResource();
  }
  return { ...found, namespace: path.namespace };
}

export function namedTarget(target: Target, path: ResourcePath): NamedTarget {
  return { ...target, name: path.name ?? "" };
}

/** The subresource of a path. Throws ApiError 404 for one that the resource does not have. */
export function resolveSubresource({ definition }: Target, path: ResourcePath): Subresource {
  if (path.subresource === undefined) return undefined;
  if (path.subresource === "status" && definition.hasStatus) return "status";
  throw noSuchResource();
}
