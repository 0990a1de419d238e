import { type ConfigurationStateResource, type OwnerReference } from "@steelyard/model/resources";
import {
  type ServiceStatusKind,
  type ServiceStatusObject,
  type ServiceStatusWrite,
} from "../../core/desired/service-status.ts";
import { type ConfigurationStateWrite } from "../../core/reporting/plan-configuration-state.ts";
import { type ServiceEvent } from "../../core/reporting/service-event.ts";
import { ClusterWriteError, type ClusterWriter } from "../../ports/cluster-writer.ts";
import { keyOf, type MemoryCluster, type MemoryKinds } from "./memory-cluster.ts";

/** Writes into a cluster in memory with the rules of the API server, and remembers what was written. */
export class MemoryClusterWriter implements ClusterWriter {
  readonly #cluster: MemoryCluster;
  readonly #pod: OwnerReference | undefined;
  readonly statusWrites: ServiceStatusWrite[] = [];
  readonly stateWrites: ConfigurationStateWrite[] = [];
  readonly events: ServiceEvent[] = [];
  /** Attempts, refused ones included. */
  attempts = 0;
  /** What every write is answered with; undefined = it is taken. */
  refusal: ClusterWriteError | undefined;

  constructor(cluster: MemoryCluster, options: { readonly pod?: OwnerReference } = {}) {
    this.#cluster = cluster;
    this.#pod = options.pod;
  }

  ownPod(): Promise<OwnerReference | undefined> {
    return this.#answer(() => this.#pod);
  }

  recordEvent(event: ServiceEvent): Promise<void> {
    return this.#answer(() => void this.events.push(event));
  }

  writeServiceStatus(write: ServiceStatusWrite): Promise<ServiceStatusObject | undefined> {
    return this.#answer(() => {
      const stored = this.#perform(write);
      this.statusWrites.push(write);
      return stored;
    });
  }

  writeConfigurationState(write: ConfigurationStateWrite): Promise<ConfigurationStateResource> {
    return this.#answer(() => {
      this.stateWrites.push(write);
      const { namespace, name } = write;
      const present = this.#cluster.get("configurationStates", keyOf(write));
      if (write.kind === "create") {
        const metadata = { namespace, name, labels: write.labels };
        const identity = { apiVersion: "metallb.io/v1beta1", kind: "ConfigurationState" } as const;
        return present ?? this.#cluster.put("configurationStates", { ...identity, metadata });
      }
      if (present === undefined) throw refused(`${keyOf(write)} not found`, "never");
      if (write.kind === "annotate") {
        const { annotation, value } = write;
        const annotations = new Map(Object.entries(present.metadata.annotations ?? {}));
        if (value === undefined) annotations.delete(annotation);
        else annotations.set(annotation, value);
        return this.#cluster.put("configurationStates", {
          ...present,
          metadata: { ...present.metadata, annotations: Object.fromEntries(annotations) },
        });
      }
      const status = { ...present.status, ...write.status };
      return this.#cluster.put("configurationStates", { ...present, status });
    });
  }

  async #answer<T>(act: () => T): Promise<T> {
    this.attempts += 1;
    // As over a network, the answer never comes within the call.
    await Promise.resolve();
    if (this.refusal !== undefined) throw this.refusal;
    return act();
  }

  #perform(write: ServiceStatusWrite): ServiceStatusObject | undefined {
    switch (write.kind) {
      case "create":
        return this.#create(write);
      case "patch-status":
        return this.#patch(write);
      case "delete":
        this.#cluster.remove(tableOf[write.of], keyOf(write));
        return undefined;
    }
  }

  #create({ of, object }: ServiceStatusWrite & { kind: "create" }): ServiceStatusObject {
    const present = this.#cluster.get(tableOf[of], keyOf(object.metadata));
    if (present === undefined) return this.#put(of, object);
    const labels = { ...present.metadata.labels, ...object.metadata.labels };
    return this.#put(of, { ...object, metadata: { ...present.metadata, ...object.metadata, labels } });
  }

  #patch(write: ServiceStatusWrite & { kind: "patch-status" }): ServiceStatusObject {
    const key = keyOf(write);
    const present = this.#cluster.get(tableOf[write.of], key);
    if (present === undefined) throw refused(`${key} not found`, "never");
    if (write.resourceVersion !== undefined && write.resourceVersion !== present.metadata.resourceVersion) {
      throw refused(`${key} has been changed meanwhile`, "retry");
    }
    return this.#put(write.of, { ...present, status: write.status });
  }

  #put(of: ServiceStatusKind, object: ServiceStatusObject): ServiceStatusObject {
    const table = tableOf[of];
    return this.#cluster.put(table, object);
  }
}

const tableOf = {
  ServiceL2Status: "serviceL2Statuses",
  ServiceBGPStatus: "serviceBgpStatuses",
} as const satisfies Record<ServiceStatusKind, keyof MemoryKinds>;

function refused(message: string, verdict: "retry" | "never"): ClusterWriteError {
  return new ClusterWriteError(message, { verdict });
}
