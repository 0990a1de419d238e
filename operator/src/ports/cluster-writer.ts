import { type PoolStatusPatch, type ServiceStatusPatch } from "../core/reconcile/index.ts";

/** What became of a write. A failure that may pass by itself is thrown instead, and the work is tried again. */
export type WriteOutcome =
  /** `resourceVersion` is the object's from now on; the one before when the write made no difference. */
  | { readonly at: "written"; readonly resourceVersion: string | undefined }
  /** The object has changed since the copy that the patch was decided from: decide again from a newer one. */
  | { readonly at: "conflict" }
  | { readonly at: "gone" }
  /** Not now: the budget is used up, or the server asked to wait. */
  | { readonly at: "delayed"; readonly afterMs: number }
  /** The same patch will fail again; `problem` is a sentence. */
  | { readonly at: "refused"; readonly problem: string };

/** The operator's writes: both are merge patches of a status. Keys are `namespace/name`. */
export interface ClusterWriter {
  patchServiceStatus(key: string, patch: ServiceStatusPatch, signal: AbortSignal): Promise<WriteOutcome>;
  patchPoolStatus(key: string, patch: PoolStatusPatch, signal: AbortSignal): Promise<WriteOutcome>;
}
