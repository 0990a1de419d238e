import type { KubernetesObject } from "@kubernetes/client-node";
import {
  ipAddressPools,
  isKubeError,
  type KubeClient,
  parseKeyText,
  type ResourceType,
  services,
} from "@steelyard/client";
import { type Millis } from "@steelyard/model/foundation";
import { type PoolStatusPatch, type ServiceStatusPatch } from "../../core/reconcile/index.ts";
import { type ClusterWriter, type WriteOutcome } from "../../ports/cluster-writer.ts";
import { type Log } from "../../ports/log.ts";

export interface KubernetesClusterWriterDeps {
  readonly client: Pick<KubeClient, "mergePatch">;
  readonly log: Log;
}

const fieldManager = "steelyard-operator";
/** Shorter than what a lease outlives its holder: a write of a deposed leader has ended before its successor begins. */
const timeoutMs: Millis = 4_000;
/** When somebody has to change a role or a certificate first, asking often does not help. */
const afterLaterMs: Millis = 30_000;

/** Writes statuses as merge patches, and says in the operator's words what became of them. */
export class KubernetesClusterWriter implements ClusterWriter {
  readonly #deps: KubernetesClusterWriterDeps;

  constructor(deps: KubernetesClusterWriterDeps) {
    this.#deps = deps;
  }

  patchServiceStatus(key: string, patch: ServiceStatusPatch, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#patchStatus(services, key, patch, signal);
  }

  patchPoolStatus(key: string, patch: PoolStatusPatch, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#patchStatus(ipAddressPools, key, patch, signal);
  }

  async #patchStatus(
    type: ResourceType<unknown>,
    key: string,
    patch: object,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    try {
      const options = { subresource: "status", fieldManager, timeoutMs, signal };
      const written = await this.#deps.client.mergePatch(type, parseKeyText(key), patch, options);
      return { at: "written", resourceVersion: (written as KubernetesObject).metadata?.resourceVersion };
    } catch (error) {
      return this.#outcomeOf(error, `${type.kind} ${key}`);
    }
  }

  #outcomeOf(error: unknown, object: string): WriteOutcome {
    if (!isKubeError(error)) throw error;
    if (error.code === "conflict") return { at: "conflict" };
    if (error.code === "not-found") return { at: "gone" };
    if (error.code === "aborted") return { at: "delayed", afterMs: afterLaterMs };
    if (error.verdict === "never")
      return { at: "refused", problem: `${object} was not written: ${error.message}` };
    if (error.verdict === "later") {
      this.#deps.log.warn({ object, error }, "not permitted to write; it will be tried again now and then");
      return { at: "delayed", afterMs: afterLaterMs };
    }
    if (error.retryAfterMs !== undefined) return { at: "delayed", afterMs: error.retryAfterMs };
    throw error;
  }
}
