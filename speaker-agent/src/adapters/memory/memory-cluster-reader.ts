import { statusLabels } from "@steelyard/model/resources";
import { type AwaitedKind, type ClusterReader, type ClusterView } from "../../ports/cluster-reader.ts";
import { type MemoryCluster, type MemoryKinds } from "./memory-cluster.ts";

const kinds = [
  "services",
  "endpointSlices",
  "nodes",
  "namespaces",
  "pools",
  "l2Advertisements",
  "serviceL2Statuses",
  "serviceBgpStatuses",
  "configurationStates",
] as const;
const kindsOfBgp = ["bgpAdvertisements", "bgpPeers", "bfdProfiles", "communities"] as const;

/** One node's view of a cluster in memory. It begins empty, as before the first list, until `sync`. */
export class MemoryClusterReader implements ClusterReader {
  readonly #cluster: MemoryCluster;
  readonly #nodeLabel: string;
  readonly #handlers: (() => void)[] = [];
  #awaited: readonly string[] = kinds;
  #awaitedForBgp: readonly AwaitedKind[] = kindsOfBgp.map((kind) => ({ kind, refusal: undefined }));
  #secretNames: readonly string[] = [];
  #connected = true;
  #view: ClusterView = {
    services: [],
    endpointSlices: [],
    nodes: [],
    namespaces: [],
    pools: [],
    l2Advertisements: [],
    bgpAdvertisements: [],
    bgpPeers: [],
    bfdProfiles: [],
    communities: [],
    passwordSecrets: new Map(),
    serviceBgpStatuses: undefined,
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

  get awaitedForBgp(): readonly AwaitedKind[] {
    return this.#awaitedForBgp;
  }

  view(): ClusterView {
    return this.#view;
  }

  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  watchSecrets(names: readonly string[]): void {
    if (names.join() === this.#secretNames.join()) return;
    this.#secretNames = names;
    this.#refresh();
  }

  /** The first lists come in; those of `missing` do not, and of BGP's kinds those of `refused`, with that reason. */
  sync(missing: readonly string[] = [], refused: Readonly<Record<string, string | undefined>> = {}): void {
    this.#awaited = missing;
    this.#awaitedForBgp = Object.entries(refused).map(([kind, refusal]) => ({ kind, refusal }));
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
      ...this.#bgpOf(before),
      serviceL2Statuses: this.#ownStatuses("serviceL2Statuses", before.serviceL2Statuses),
      configurationStates: this.#ownState(before.configurationStates),
    };
    for (const handler of this.#handlers) handler();
  }

  #bgpOf(
    before: ClusterView,
  ): Pick<ClusterView, (typeof kindsOfBgp)[number] | "passwordSecrets" | "serviceBgpStatuses"> {
    return {
      bgpAdvertisements: kept(before.bgpAdvertisements, this.#cluster.list("bgpAdvertisements")),
      bgpPeers: kept(before.bgpPeers, this.#cluster.list("bgpPeers")),
      bfdProfiles: kept(before.bfdProfiles, this.#cluster.list("bfdProfiles")),
      communities: kept(before.communities, this.#cluster.list("communities")),
      passwordSecrets: this.#passwordSecrets(before.passwordSecrets),
      serviceBgpStatuses: this.#ownStatuses("serviceBgpStatuses", before.serviceBgpStatuses),
    };
  }

  #passwordSecrets(before: ClusterView["passwordSecrets"]): ClusterView["passwordSecrets"] {
    const all = this.#cluster.list("secrets");
    const now = new Map(
      this.#secretNames.map((name) => [name, all.find(({ metadata }) => metadata.name === name)]),
    );
    const isSame = now.size === before.size && [...now].every(([name, one]) => before.get(name) === one);
    return isSame ? before : now;
  }

  #ownStatuses<Kind extends "serviceL2Statuses" | "serviceBgpStatuses">(
    kind: Kind,
    before: ClusterView[Kind],
  ): readonly MemoryKinds[Kind][] | undefined {
    if (this.#awaited.includes(kind)) return undefined;
    const all = this.#cluster.list(kind);
    const own = all.filter(({ metadata }) => metadata.labels?.[statusLabels.node] === this.#nodeLabel);
    return kept((before ?? []) as readonly MemoryKinds[Kind][], own);
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
