import { statusLabels } from "@steelyard/model/resources";
import { type ClusterReader, type ClusterView } from "../../ports/cluster-reader.ts";
import { type MemoryCluster } from "./memory-cluster.ts";

const kinds = [
  "services",
  "endpointSlices",
  "nodes",
  "namespaces",
  "pools",
  "l2Advertisements",
  "serviceL2Statuses",
  "configurationStates",
] as const;

/** One node's view of a cluster in memory. It begins empty, as before the first list, until `sync`. */
export class MemoryClusterReader implements ClusterReader {
  readonly #cluster: MemoryCluster;
  readonly #nodeLabel: string;
  readonly #handlers: (() => void)[] = [];
  #awaited: readonly string[] = kinds;
  #connected = true;
  #view: ClusterView = {
    services: [],
    endpointSlices: [],
    nodes: [],
    namespaces: [],
    pools: [],
    l2Advertisements: [],
    serviceL2Statuses: undefined,
    configurationStates: undefined,
  };

  constructor(cluster: MemoryCluster, options: { readonly nodeLabel: string }) {
    this.#cluster = cluster;
    this.#nodeLabel = options.nodeLabel;
    cluster.onChange(() => this.#refresh());
  }

  get awaited(): readonly string[] {
    return this.#awaited;
  }

  view(): ClusterView {
    return this.#view;
  }

  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  /** The first lists come in; those of `missing` do not. */
  sync(missing: readonly string[] = []): void {
    this.#awaited = missing;
    this.#refresh();
  }

  /** While the API server is away the view stands still; when it is back the view catches up. */
  setConnected(connected: boolean): void {
    this.#connected = connected;
    this.#refresh();
  }

  #refresh(): void {
    if (!this.#connected) return;
    const before = this.#view;
    this.#view = {
      services: kept(before.services, this.#cluster.list("services")),
      endpointSlices: kept(before.endpointSlices, this.#cluster.list("endpointSlices")),
      nodes: kept(before.nodes, this.#cluster.list("nodes")),
      namespaces: kept(before.namespaces, this.#cluster.list("namespaces")),
      pools: kept(before.pools, this.#cluster.list("pools")),
      l2Advertisements: kept(before.l2Advertisements, this.#cluster.list("l2Advertisements")),
      serviceL2Statuses: this.#ownStatuses(before.serviceL2Statuses),
      configurationStates: this.#ownState(before.configurationStates),
    };
    for (const handler of this.#handlers) handler();
  }

  #ownStatuses(before: ClusterView["serviceL2Statuses"]): ClusterView["serviceL2Statuses"] {
    if (this.#awaited.includes("serviceL2Statuses")) return undefined;
    const all = this.#cluster.list("serviceL2Statuses");
    const own = all.filter(({ metadata }) => metadata.labels?.[statusLabels.node] === this.#nodeLabel);
    return kept(before ?? [], own);
  }

  #ownState(before: ClusterView["configurationStates"]): ClusterView["configurationStates"] {
    if (this.#awaited.includes("configurationStates")) return undefined;
    const own = this.#cluster
      .list("configurationStates")
      .filter(({ metadata }) => metadata.labels?.[statusLabels.nodeName] === this.#nodeLabel);
    return kept(before ?? [], own);
  }
}

/** The old array while its objects are the same ones: readers compare by identity. */
function kept<T>(before: readonly T[], now: readonly T[]): readonly T[] {
  return before.length === now.length && before.every((object, index) => object === now[index])
    ? before
    : now;
}
