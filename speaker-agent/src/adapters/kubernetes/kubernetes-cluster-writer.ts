import {
  configurationStates,
  events,
  findOwnPod,
  isKubeError,
  type KubeClient,
  type ResourceType,
  serviceBgpStatuses,
  serviceL2Statuses,
} from "@steelyard/client";
import { type Clock, type Random } from "@steelyard/model/foundation";
import {
  type ConfigurationStateInput,
  type ConfigurationStateResource,
  type OwnerReference,
  projectConfigurationState,
  projectServiceBgpStatus,
  projectServiceL2Status,
} from "@steelyard/model/resources";
import {
  type ServiceStatusKind,
  type ServiceStatusObject,
  type ServiceStatusWrite,
} from "../../core/desired/service-status.ts";
import { type ConfigurationStateWrite } from "../../core/reporting/plan-configuration-state.ts";
import { type ServiceEvent } from "../../core/reporting/service-event.ts";
import { ClusterWriteError, type ClusterWriter } from "../../ports/cluster-writer.ts";
import { buildEventObject } from "./event-object.ts";

export interface KubernetesClusterWriterOptions {
  readonly nodeName: string;
  /** The program's own. */
  readonly namespace: string;
  /** Value of `--pod-name`; undefined or empty = not in a Pod. */
  readonly podName: string | undefined;
}

export interface KubernetesClusterWriterDeps {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
}

type ServiceStatusCreation = ServiceStatusWrite & { readonly kind: "create" };

interface StatusKind {
  readonly type: ResourceType;
  readonly project: (raw: unknown) => ServiceStatusObject;
}

const statusKinds: Readonly<Record<ServiceStatusKind, StatusKind>> = {
  ServiceL2Status: { type: serviceL2Statuses, project: projectServiceL2Status },
  ServiceBGPStatus: { type: serviceBgpStatuses, project: projectServiceBgpStatus },
};

const stateType = configurationStates as ResourceType<Partial<ConfigurationStateInput>>;
const stateIdentity = { apiVersion: "metallb.io/v1beta1", kind: "ConfigurationState" } as const;

const fieldManager = "steelyard-speaker";
/** Long enough for a slow API server; a write that hangs must not hold up those behind it. */
const timeoutMs = 10_000;

export class KubernetesClusterWriter implements ClusterWriter {
  readonly #options: KubernetesClusterWriterOptions;
  readonly #deps: KubernetesClusterWriterDeps;

  constructor(options: KubernetesClusterWriterOptions, deps: KubernetesClusterWriterDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  writeServiceStatus(write: ServiceStatusWrite): Promise<ServiceStatusObject | undefined> {
    return translated(async () => {
      switch (write.kind) {
        case "create":
          return this.#create(write);
        case "patch-status":
          return this.#patchStatus(write);
        case "delete":
          return this.#delete(write);
      }
    });
  }

  writeConfigurationState(write: ConfigurationStateWrite): Promise<ConfigurationStateResource> {
    return translated(async () => {
      return projectConfigurationState(await this.#writeState(write));
    });
  }

  recordEvent(event: ServiceEvent): Promise<void> {
    const object = buildEventObject(event, this.#options.nodeName, this.#deps);
    return translated(async () => {
      await this.#deps.client.create(events, object, { fieldManager, timeoutMs });
    });
  }

  ownPod(): Promise<OwnerReference | undefined> {
    return translated(() => findOwnPod(this.#deps.client, this.#options, { timeoutMs }));
  }

  #writeState(write: ConfigurationStateWrite): Promise<unknown> {
    switch (write.kind) {
      case "create":
        return this.#createState(write);
      case "apply-status":
        return this.#applyState(write);
      case "annotate":
        return this.#annotateState(write);
    }
  }

  /** The object is named after the node: one that is in the way is our own, and its status is all that counts. */
  async #createState(write: ConfigurationStateWrite & { kind: "create" }): Promise<unknown> {
    const { client } = this.#deps;
    const { namespace, name, labels } = write;
    const owner = await this.ownPod();
    const metadata = { namespace, name, labels, ...(owner !== undefined && { ownerReferences: [owner] }) };
    try {
      return await client.create(stateType, { ...stateIdentity, metadata }, { fieldManager, timeoutMs });
    } catch (error) {
      if (!isKubeError(error, "already-exists")) throw error;
      return client.get(configurationStates, { namespace, name }, { timeoutMs });
    }
  }

  #applyState(write: ConfigurationStateWrite & { kind: "apply-status" }): Promise<unknown> {
    const { namespace, name, fieldManager: manager, status } = write;
    const object = { ...stateIdentity, metadata: { namespace, name }, status };
    const options = { subresource: "status", fieldManager: manager, force: true, timeoutMs };
    return this.#deps.client.apply(configurationStates, { namespace, name }, object, options);
  }

  #annotateState(write: ConfigurationStateWrite & { kind: "annotate" }): Promise<unknown> {
    const { namespace, name, annotation, value = null } = write;
    const patch = { metadata: { annotations: { [annotation]: value } } };
    return this.#deps.client.mergePatch(configurationStates, { namespace, name }, patch, {
      fieldManager,
      timeoutMs,
    });
  }

  async #create({ of, object }: ServiceStatusCreation): Promise<ServiceStatusObject> {
    const { namespace = "", name } = object.metadata;
    const created = statusKinds[of].project(await this.#createOrReclaim(of, object));
    const { resourceVersion } = created.metadata;
    const { status = {} } = object;
    return this.#patchStatus({ kind: "patch-status", of, namespace, name, resourceVersion, status });
  }

  /**
   * Its name follows from node and Service, so an object that is in the way is this node's own, without the labels by
   * which it is watched. Nobody else writes it, and so nothing can be lost by overwriting whatever version it has.
   */
  async #createOrReclaim(of: ServiceStatusKind, object: ServiceStatusObject): Promise<unknown> {
    const { client } = this.#deps;
    // Our own type for these objects: client-node's is the same on the wire, but promises that lists may be changed.
    const type = statusKinds[of].type as ResourceType<Partial<ServiceStatusObject>>;
    try {
      return await client.create(type, object, { fieldManager, timeoutMs });
    } catch (error) {
      if (!isKubeError(error, "already-exists")) throw error;
      const { namespace = "", name, labels, ownerReferences } = object.metadata;
      const metadata = { labels, ...(ownerReferences !== undefined && { ownerReferences }) };
      return client.mergePatch(type, { namespace, name }, { metadata }, { fieldManager, timeoutMs });
    }
  }

  async #patchStatus(write: ServiceStatusWrite & { kind: "patch-status" }): Promise<ServiceStatusObject> {
    const { of, namespace, name, resourceVersion, status } = write;
    const patch = { ...(resourceVersion === undefined ? {} : { metadata: { resourceVersion } }), status };
    const options = { subresource: "status", fieldManager, timeoutMs };
    const { type, project } = statusKinds[of];
    return project(await this.#deps.client.mergePatch(type, { namespace, name }, patch, options));
  }

  async #delete({ of, namespace, name, uid }: ServiceStatusWrite & { kind: "delete" }): Promise<undefined> {
    try {
      const options = { timeoutMs, ...(uid === undefined ? {} : { uid }) };
      await this.#deps.client.delete(statusKinds[of].type, { namespace, name }, options);
    } catch (error) {
      // Gone already: that is what was wanted.
      if (!isKubeError(error, "not-found")) throw error;
    }
  }
}

async function translated<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!isKubeError(error)) throw error;
    const { message, verdict, retryAfterMs } = error;
    throw new ClusterWriteError(message, {
      verdict,
      cause: error,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    });
  }
}
