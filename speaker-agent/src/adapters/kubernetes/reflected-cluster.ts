import {
  configurationStates,
  endpointSlices,
  ipAddressPools,
  l2Advertisements,
  namespaces,
  nodes,
  Reflector,
  type ReflectorDeps,
  type ReflectorOptions,
  serviceL2Statuses,
  services,
} from "@steelyard/client";
import {
  type ObjectMeta,
  projectConfigurationState,
  projectIpAddressPool,
  projectL2Advertisement,
  projectNamespace,
  projectNode,
  projectServiceL2Status,
  statusLabels,
} from "@steelyard/model/resources";
import { isDeepStrictEqual } from "node:util";
import { configurationStateName } from "../../core/reporting/plan-configuration-state.ts";
import { projectAnnouncedService, projectServingSlice } from "./lean-projections.ts";
import { type ClusterReader, type ClusterView } from "../../ports/cluster-reader.ts";

export interface ReflectedClusterOptions {
  /** The program's own namespace: configuration elsewhere does not count (reference metallb.md, section 0). */
  readonly namespace: string;
  readonly nodeName: string;
  /** What status objects of this node carry as `metallb.io/node`: of all of them only these are watched. */
  readonly nodeLabel: string;
}

interface HasMetadata {
  readonly metadata: ObjectMeta;
}

interface ListOptions<T> extends ReflectorOptions<T> {
  /** Whether the object is written as well as read, so that its newest version is needed. */
  readonly versionCounts?: boolean;
}

/** One kind as the view wants it: its list is built when somebody asks, and kept until something changes. */
class ReflectedList<T extends HasMetadata> {
  readonly kind: string;
  readonly #reflector: Reflector<T>;
  #list: readonly T[] | undefined;

  constructor(options: ListOptions<T>, deps: ReflectorDeps, onChange: () => void) {
    this.kind = options.type.kind;
    this.#reflector = new Reflector(options, deps);
    this.#reflector.store.subscribe((change) => {
      // Every node writes its heartbeat, and every controller its bookkeeping: what we do not read is no news.
      const { versionCounts = false } = options;
      if (change.type === "modified" && !versionCounts && isSameButForVersion(change.object, change.previous))
        return;
      this.#list = undefined;
      onChange();
    });
  }

  get synced(): boolean {
    return this.#reflector.synced;
  }

  get list(): readonly T[] {
    this.#list ??= this.#reflector.store.list();
    return this.#list;
  }

  start(onSynced: () => void, signal: AbortSignal): void {
    this.#reflector.start();
    // It rejects for one reason only: the program stops before the first list has come in.
    this.#reflector.whenSynced(signal).then(onSynced, () => undefined);
  }

  stop(): Promise<void> {
    return this.#reflector.stop();
  }
}

/** No announcement depends on what has been reported about it. */
const reportingOnly: readonly string[] = [
  "serviceL2Statuses",
  "configurationStates",
] satisfies (keyof ClusterView)[];

/** The cluster through one reflector per kind. */
export class ReflectedCluster implements ClusterReader {
  readonly #stopping = new AbortController();
  readonly #handlers: (() => void)[] = [];
  readonly #lists;

  constructor({ namespace, nodeName, nodeLabel }: ReflectedClusterOptions, deps: ReflectorDeps) {
    const reflected = <T extends HasMetadata>(options: ListOptions<T>) =>
      new ReflectedList(options, deps, () => this.#notify());
    const labelSelector = `${statusLabels.node}=${nodeLabel}`;
    this.#lists = {
      services: reflected({ type: services, project: projectAnnouncedService }),
      endpointSlices: reflected({ type: endpointSlices, project: projectServingSlice }),
      nodes: reflected({ type: nodes, project: projectNode }),
      namespaces: reflected({ type: namespaces, project: projectNamespace }),
      pools: reflected({ type: ipAddressPools, namespace, project: projectIpAddressPool }),
      l2Advertisements: reflected({ type: l2Advertisements, namespace, project: projectL2Advertisement }),
      serviceL2Statuses: reflected({
        type: serviceL2Statuses,
        namespace,
        labelSelector,
        versionCounts: true,
        project: projectServiceL2Status,
      }),
      configurationStates: reflected({
        type: configurationStates,
        namespace,
        fieldSelector: `metadata.name=${configurationStateName(nodeName)}`,
        versionCounts: true,
        project: projectConfigurationState,
      }),
    };
  }

  get awaited(): readonly string[] {
    return Object.entries(this.#lists).flatMap(([name, { kind, synced }]) => {
      return synced || reportingOnly.includes(name) ? [] : [kind];
    });
  }

  view(): ClusterView {
    const lists = this.#lists;
    return {
      services: lists.services.list,
      endpointSlices: lists.endpointSlices.list,
      nodes: lists.nodes.list,
      namespaces: lists.namespaces.list,
      pools: lists.pools.list,
      l2Advertisements: lists.l2Advertisements.list,
      serviceL2Statuses: lists.serviceL2Statuses.synced ? lists.serviceL2Statuses.list : undefined,
      configurationStates: lists.configurationStates.synced ? lists.configurationStates.list : undefined,
    };
  }

  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  start(): void {
    for (const list of Object.values(this.#lists)) list.start(() => this.#notify(), this.#stopping.signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(Object.values(this.#lists).map((list) => list.stop()));
  }

  #notify(): void {
    for (const handler of this.#handlers) handler();
  }
}

function isSameButForVersion(a: HasMetadata, b: HasMetadata): boolean {
  return isDeepStrictEqual(withoutVersion(a), withoutVersion(b));
}

function withoutVersion(object: HasMetadata): HasMetadata {
  return { ...object, metadata: { ...object.metadata, resourceVersion: "" } };
}
