import type { KubernetesObject } from "@kubernetes/client-node";
import {
  bfdProfiles,
  bgpAdvertisements,
  bgpPeers,
  type CallOptions,
  communities,
  configurationStates,
  ipAddressPools,
  isKubeError,
  type KubeClient,
  l2Advertisements,
  parseKeyText,
  type ResourceType,
  services,
} from "@steelyard/client";
import { type ConfigKind } from "@steelyard/model/config";
import { type Millis } from "@steelyard/model/foundation";
import { ownFieldManager } from "../../core/contest/index.ts";
import { type Condition, type OwnerReference } from "@steelyard/model/resources";
import { type PoolCounters, type ServiceStatusPatch } from "../../core/reconcile/index.ts";
import {
  type ClusterWriter,
  type ConfigObjectKey,
  type ConfigurationStateApply,
  WriteFailure,
  type WriteOutcome,
} from "../../ports/cluster-writer.ts";

export interface KubernetesClusterWriterDeps {
  readonly client: Pick<KubeClient, "apply" | "create" | "mergePatch">;
  /** Who owns what is created; without it nobody does. */
  readonly ownPod?: (options: CallOptions) => Promise<OwnerReference | undefined>;
}

/** Of the conditions on objects of configuration, so that they share a status with whatever else is written there. */
const conditionManager = "steelyard-operator-config";

const configurationTypes: Readonly<Record<ConfigKind, ResourceType>> = {
  BFDProfile: bfdProfiles,
  BGPAdvertisement: bgpAdvertisements,
  BGPPeer: bgpPeers,
  Community: communities,
  IPAddressPool: ipAddressPools,
  L2Advertisement: l2Advertisements,
};
/**
 * Shorter than what a lease outlives its holder: a leader acts for 10 s after its last renewal, the others wait for 15 s,
 * and in the 5 s between even a write that was begun at the last moment has ended.
 */
const timeoutMs: Millis = 4_000;

interface StatusApply {
  readonly key: string;
  readonly manager: string;
  readonly status: object;
  /** What a failure means for whoever wrote. */
  readonly explain: (error: unknown, object: string) => WriteOutcome;
  /** Whether the answer holds what was applied; unless said otherwise it does. */
  readonly isIn?: (written: unknown) => boolean;
}

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
    return this.#applyStatus(
      ipAddressPools,
      { key, manager: ownFieldManager, status: counters, explain: outcomeOf },
      signal,
    );
  }

  createConfigurationState(
    key: string,
    labels: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const type = configurationStates;
    const create = async (): Promise<unknown> => {
      const owner = await this.#ownPod(signal);
      const owned = owner !== undefined && { ownerReferences: [owner] };
      const object = { ...identityOf(type), metadata: { ...parseKeyText(key), labels, ...owned } };
      const options = { fieldManager: ownFieldManager, timeoutMs, signal };
      return this.#deps.client.create(type, object, options);
    };
    return this.#attempt(create, (error) => reportOutcomeOf(error, `${type.kind} ${key}`));
  }

  applyConfigurationState(
    key: string,
    { fieldManager: manager, status }: ConfigurationStateApply,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    return this.#applyStatus(configurationStates, { key, manager, status, explain: reportOutcomeOf }, signal);
  }

  applyObjectCondition(
    { kind, key }: ConfigObjectKey,
    condition: Condition,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const apply = {
      key,
      manager: conditionManager,
      status: { conditions: [condition] },
      explain: reportOutcomeOf,
      isIn: (written: unknown) => hasCondition(written, condition),
    };
    return this.#applyStatus(configurationTypes[kind], apply, signal);
  }

  /** MetalLB's role for its controller does not permit to read Pods: the object is worth more than that it has an owner. */
  async #ownPod(signal: AbortSignal): Promise<OwnerReference | undefined> {
    try {
      return await this.#deps.ownPod?.({ timeoutMs, signal });
    } catch (error) {
      if (isKubeError(error, "forbidden")) return undefined;
      throw error;
    }
  }

  #applyStatus(
    type: ResourceType,
    { key, manager, status, explain, isIn = () => true }: StatusApply,
    signal: AbortSignal,
  ): Promise<WriteOutcome> {
    const body = { ...identityOf(type), metadata: parseKeyText(key), status };
    const options = { subresource: "status", fieldManager: manager, force: true, timeoutMs, signal };
    const apply = (): Promise<unknown> => this.#deps.client.apply(type, parseKeyText(key), body, options);
    const object = `${type.kind} ${key}`;
    return this.#attempt(
      apply,
      (error) => explain(error, object),
      (written) => (isIn(written) ? writtenAs(written) : fieldMissing(`${object} does not keep the field`)),
    );
  }

  async #attempt(
    write: () => Promise<unknown>,
    onFailure: (error: unknown) => WriteOutcome,
    onSuccess: (written: unknown) => WriteOutcome = writtenAs,
  ): Promise<WriteOutcome> {
    this.#underWay += 1;
    try {
      return onSuccess(await write());
    } catch (error) {
      return onFailure(error);
    } finally {
      this.#underWay -= 1;
    }
  }
}

function writtenAs(written: unknown): WriteOutcome {
  return { at: "written", resourceVersion: (written as KubernetesObject).metadata?.resourceVersion };
}

/** A definition whose status has no fields at all drops what it does not know without a word. */
function hasCondition(written: unknown, { type }: Condition): boolean {
  const { status } = written as { readonly status?: { readonly conditions?: readonly Condition[] } };
  return status?.conditions?.some((condition) => condition.type === type) ?? false;
}

function fieldMissing(problem: string): WriteOutcome {
  const hint = "its CustomResourceDefinition is not Steelyard's and has no such field";
  return { at: "denied", until: "restart", problem: `${problem}; ${hint}` };
}

function identityOf({ group, version, kind }: ResourceType): { apiVersion: string; kind: string } {
  return { apiVersion: `${group}/${version}`, kind };
}

/**
 * For writes that only tell people something: where a role or a definition does not permit them, that is no sign of the
 * API server's health.
 */
function reportOutcomeOf(error: unknown, object: string): WriteOutcome {
  if (!isKubeError(error)) throw error;
  if (error.code === "already-exists") return { at: "written", resourceVersion: undefined };
  const problem = `${object} was not written: ${error.message}`;
  if (error.code === "forbidden") return { at: "denied", until: "later", problem };
  // Server-side apply has no code of its own for it.
  if (error.message.includes("field not declared in schema")) return fieldMissing(problem);
  return outcomeOf(error, object);
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
