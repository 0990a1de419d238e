import { type ObjectMeta } from "./object-meta.ts";
import { projectMetadata } from "./projection.ts";

/** What we read of a core/v1 Namespace: name and labels, which pools select by. */
export interface NamespaceResource {
  readonly metadata: ObjectMeta;
}

export function projectNamespace(raw: unknown): NamespaceResource {
  return { metadata: projectMetadata(raw) };
}
