import { type ConfigKind, type ConfigurationStateStatus } from "@steelyard/model/config";
import { type Millis } from "@steelyard/model/foundation";
import { type Condition } from "@steelyard/model/resources";
import { type PoolCounters, type ServiceStatusPatch } from "../core/reconcile/index.ts";

/** What became of a write. A failure that may pass by itself is thrown as WriteFailure, and the work is tried again. */
export type WriteOutcome =
  /** `resourceVersion` is the object's from now on; the one before when the write made no difference. */
  | { readonly at: "written"; readonly resourceVersion: string | undefined }
  /** The object has changed since the copy that the patch was decided from: decide again from a newer one. */
  | { readonly at: "conflict" }
  | { readonly at: "gone" }
  /** Not now: the budget is used up, or we do not lead any more. */
  | { readonly at: "delayed"; readonly afterMs: Millis }
  /** Not before the API server takes writes again. */
  | { readonly at: "shutOut" }
  /** Not before somebody has changed a role (`later`), or the schema of the kind (`restart`); `problem` is a sentence. */
  | { readonly at: "denied"; readonly until: "later" | "restart"; readonly problem: string }
  /** The same patch will fail again; `problem` is a sentence. */
  | { readonly at: "refused"; readonly problem: string };

interface WriteFailureDetails {
  readonly retryAfterMs?: Millis | undefined;
  readonly cause?: unknown;
}

/** The API server, or the way to it, has failed: no answer, or one that says it cannot, or will not as things are. */
export class WriteFailure extends Error {
  override readonly name = "WriteFailure";
  /** How long the server asked to be left alone. */
  readonly retryAfterMs: Millis;

  constructor(message: string, { retryAfterMs, cause }: WriteFailureDetails = {}) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs ?? 0;
  }
}

/** What a ConfigurationState is to say, and in whose name. */
export interface ConfigurationStateApply {
  readonly fieldManager: string;
  readonly status: ConfigurationStateStatus;
}

/**
 * The operator's writes: merge patches where it is the only writer of a status, server-side apply where it has a part of
 * it. Keys are `namespace/name`.
 */
export interface ClusterWriter {
  patchServiceStatus(key: string, patch: ServiceStatusPatch, signal: AbortSignal): Promise<WriteOutcome>;
  /** Takes the counters over from whoever wrote them, and leaves every other field of the status alone. */
  applyPoolStatus(key: string, counters: PoolCounters, signal: AbortSignal): Promise<WriteOutcome>;
  /** Creates a ConfigurationState that says nothing yet; one that is there already is as good. */
  createConfigurationState(
    key: string,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  applyConfigurationState(
    key: string,
    apply: ConfigurationStateApply,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
  /** Sets our condition on an object of configuration, and leaves every other field of its status alone. */
  applyObjectCondition(
    object: ConfigObjectKey,
    condition: Condition,
    signal: AbortSignal,
  ): Promise<WriteOutcome>;
}

export interface ConfigObjectKey {
  readonly kind: ConfigKind;
  readonly key: string;
}
