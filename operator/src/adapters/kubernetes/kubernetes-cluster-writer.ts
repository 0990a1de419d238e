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
import { ownFieldManager } from "../../core/contest/index.ts";
import { type PoolCounters, type ServiceStatusPatch } from "../../core/reconcile/index.ts";
import { type ClusterWriter, WriteFailure, type WriteOutcome } from "../../ports/cluster-writer.ts";

export interface KubernetesClusterWriterDeps {
  readonly client: Pick<KubeClient, "apply" | "mergePatch">;
}

/**
 * Shorter than what a lease outlives its holder: a leader acts for 10 s after its last renewal, the others wait for 15 s,
 * and in the 5 s between even a write that was begun at the last moment has ended.
 */
const timeoutMs: Millis = 4_000;

/** Writes statuses, and says in the operator's words what became of them. */
export class KubernetesClusterWriter implements ClusterWriter {
  readonly #deps: KubernetesClusterWriterDeps;
  #underWay = 0;

  constructor(deps: KubernetesClusterWriterDeps) {
    this.#deps = deps;
  }

  /** Writes that have been sent and not been answered. */
  get underWay(): number {
    return this.#underWay;
  }

  patchServiceStatus(key: string, patch: ServiceStatusPatch, signal: AbortSignal): Promise<WriteOutcome> {
    const options = { subresource: "status", fieldManager: ownFieldManager, timeoutMs, signal };
    const write = (): Promise<unknown> =>
      this.#deps.client.mergePatch(services, parseKeyText(key), patch, options);
    return this.#attempt(write, (error) => outcomeOf(error, `${services.kind} ${key}`));
  }

  applyPoolStatus(key: string, counters: PoolCounters, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#applyStatus(ipAddressPools, { key, manager: ownFieldManager, status: counters }, signal);
  }

  #applyStatus(
    type: ResourceType,
    { key, manager, status }: { readonly key: string; readonly manager: string; readonly status: object },
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const object = { ...identityOf(type), metadata: parseKeyText(key), status };
    const options = { subresource: "status", fieldManager: manager, force: true, timeoutMs, signal };
    const apply = (): Promise<unknown> => this.#deps.client.apply(type, parseKeyText(key), object, options);
    return this.#attempt(apply, (error) => outcomeOf(error, `${type.kind} ${key}`));
  }

  async #attempt(
    write: () => Promise<unknown>,
    onFailure: (error: unknown) => WriteOutcome,
  ): Promise<WriteOutcome> {
    this.#underWay += 1;
    try {
      const written = await write();
      return { at: "written", resourceVersion: (written as KubernetesObject).metadata?.resourceVersion };
    } catch (error) {
      return onFailure(error);
    } finally {
      this.#underWay -= 1;
    }
  }
}

function identityOf({ group, version, kind }: ResourceType): { apiVersion: string; kind: string } {
  return { apiVersion: `${group}/${version}`, kind };
}

function outcomeOf(error: unknown, object: string): WriteOutcome {
  if (!isKubeError(error)) throw error;
  if (error.code === "conflict") return { at: "conflict" };
  if (error.code === "not-found") return { at: "gone" };
  // Refused permissions count as a failure too: a server that is just starting refuses everybody for a while.
  if (error.verdict !== "never" || error.code === "aborted")
    throw new WriteFailure(error.message, { retryAfterMs: error.retryAfterMs, cause: error });
  return { at: "refused", problem: `${object} was not written: ${error.message}` };
}
