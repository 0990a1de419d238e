import {
  type BfdProfileResource,
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type CommunityResource,
  type ConfigurationStateResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
  type NodeResource,
  type ObjectMeta,
  type ServiceL2StatusResource,
  type ServiceResource,
  withCondition,
} from "@steelyard/model/resources";
import { mergePatch } from "../../core/merge-patch.ts";
import {
  type BgpAnnouncement,
  type BgpAnnouncer,
  type EndpointSummary,
  type PodReadiness,
} from "../../core/surroundings/index.ts";
import { type ConfigObject } from "../../core/reconcile/index.ts";
import { type ClusterReader } from "../../ports/cluster-reader.ts";
import { type ClusterWriter, type WriteOutcome } from "../../ports/cluster-writer.ts";
import { MemoryObjects, type MemoryView } from "./memory-objects.ts";
import { type WriteFault } from "./write-faults.ts";

interface StatusPatch {
  readonly metadata: { readonly resourceVersion?: string };
  readonly status: object;
}

/** An EndpointSlice as the operator keeps it. */
export type StoredEndpoints = EndpointSummary & { readonly metadata: ObjectMeta };

/** What it makes of a ServiceBGPStatus. */
export type StoredAnnouncement = BgpAnnouncement & { readonly metadata: ObjectMeta };

/** A Pod as the operator keeps it. */
export type StoredPod = PodReadiness & { readonly metadata: ObjectMeta };

/** A write that was carried out. */
export interface CarriedOutWrite {
  /** As the writer was given it; the same object. */
  readonly patch: object;
  readonly before: { readonly metadata: ObjectMeta };
  readonly after: { readonly metadata: ObjectMeta };
}

/** The part of an API server that the operator sees, in memory: objects with versions, watches, status patches. */
export class MemoryCluster {
  #version = 0;
  readonly services = this.#kind<ServiceResource>();
  readonly namespaces = this.#kind<NamespaceResource>();
  readonly pools = this.#kind<IpAddressPoolResource>();
  readonly l2Advertisements = this.#kind<L2AdvertisementResource>();
  readonly l2Statuses = this.#kind<ServiceL2StatusResource>();
  readonly bgpAnnouncements = this.#kind<StoredAnnouncement>();
  readonly bgpAdvertisements = this.#kind<BgpAdvertisementResource>();
  readonly bgpPeers = this.#kind<BgpPeerResource>();
  readonly bfdProfiles = this.#kind<BfdProfileResource>();
  readonly communities = this.#kind<CommunityResource>();
  readonly configurationStates = this.#kind<ConfigurationStateResource>();
  readonly nodes = this.#kind<NodeResource>();
  readonly endpoints = this.#kind<StoredEndpoints>();
  readonly ownPods = this.#kind<StoredPod>();
  /** Whether the operator may read nodes and EndpointSlices. */
  showsSurroundings = false;
  /** What was written through a writer, in order: `Service shop/web`, `IPAddressPool metallb-system/edge`. */
  readonly writes: string[] = [];
  /** The same of what only tells people something: `BGPPeer metallb-system/tor True Accepted`. */
  readonly reports: string[] = [];
  /** Hears of each write as it is carried out, whether or not its answer arrives. */
  onCarriedOut: ((write: CarriedOutWrite) => void) | undefined;
  /** What the next writes meet, first one first. */
  readonly faults: WriteFault[] = [];

  openReader(): MemoryReader {
    return new MemoryReader(this);
  }

  readonly writer: ClusterWriter = {
    patchServiceStatus: (key, patch, signal) =>
      this.#meetFault(signal, () =>
        this.#write(`Service ${key}`, this.services, key, patch, (service) => withDefaults(service)),
      ),
    applyPoolStatus: (key, status, signal) =>
      this.#meetFault(signal, () =>
        this.#write(`IPAddressPool ${key}`, this.pools, key, { metadata: {}, status }, (pool) => pool),
      ),
    createConfigurationState: async (key, labels) => {
      await Promise.resolve();
      const [namespace = "", name = ""] = key.split("/");
      if (this.configurationStates.get(key)) return { at: "written", resourceVersion: undefined };
      const identity = { apiVersion: "metallb.io/v1beta1", kind: "ConfigurationState" } as const;
      this.reports.push(`create ConfigurationState ${key}`);
      this.configurationStates.put({ ...identity, metadata: { namespace, name, labels } });
      return { at: "written", resourceVersion: undefined };
    },
    applyConfigurationState: (key, { status }) =>
      this.#apply(`ConfigurationState ${key} ${status.result}`, this.configurationStates, key, (state) => ({
        ...state,
        status: { ...state.status, ...status },
      })),
    applyObjectCondition: ({ kind, key }, condition) =>
      this.#apply(
        `${kind} ${key} ${condition.status} ${condition.reason}`,
        this.#configuration[kind] as unknown as MemoryObjects<ConfigObject>,
        key,
        (object) => ({
          ...object,
          status: { ...object.status, conditions: withCondition(object.status?.conditions, condition) },
        }),
      ),
  };

  get #configuration() {
    return {
      BFDProfile: this.bfdProfiles,
      BGPAdvertisement: this.bgpAdvertisements,
      BGPPeer: this.bgpPeers,
      Community: this.communities,
      IPAddressPool: this.pools,
      L2Advertisement: this.l2Advertisements,
    };
  }

  async #apply<T extends { readonly metadata: ObjectMeta }>(
    report: string,
    objects: MemoryObjects<T>,
    key: string,
    change: (object: T) => T,
  ): Promise<WriteOutcome> {
    await Promise.resolve();
    const stored = objects.get(key);
    if (stored === undefined) return { at: "gone" };
    this.reports.push(report);
    return { at: "written", resourceVersion: objects.put(change(stored)).metadata.resourceVersion };
  }

  async #meetFault(signal: AbortSignal, carryOut: () => WriteOutcome): Promise<WriteOutcome> {
    // An answer never comes in the turn of the question.
    await Promise.resolve();
    const fault = this.faults.shift();
    if (fault === undefined) return carryOut();
    if (fault instanceof Error) throw fault;
    return typeof fault === "function" ? fault(carryOut, signal) : fault;
  }

  #write<T extends { readonly metadata: ObjectMeta }>(
    name: string,
    objects: MemoryObjects<T>,
    key: string,
    patch: StatusPatch,
    fillIn: (object: T) => T,
  ): WriteOutcome {
    const stored = objects.get(key);
    if (stored === undefined) return { at: "gone" };
    const { resourceVersion } = patch.metadata;
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion)
      return { at: "conflict" };
    this.writes.push(name);
    const next = fillIn(mergePatch(stored, patch) as T);
    // As with an API server, a write without a difference is none to those who watch.
    const after = JSON.stringify(next) === JSON.stringify(stored) ? stored : objects.put(next);
    this.onCarriedOut?.({ patch, before: stored, after });
    return { at: "written", resourceVersion: after.metadata.resourceVersion };
  }

  #kind<T extends { readonly metadata: ObjectMeta }>(): MemoryObjects<T> {
    return new MemoryObjects<T>(() => ++this.#version);
  }
}

/** What the API server fills in when it is not there. */
function withDefaults(service: ServiceResource): ServiceResource {
  const ingress = service.status?.loadBalancer?.ingress;
  if (ingress === undefined) return service;
  const complete = ingress.map((entry) => (entry.ip === undefined ? entry : { ipMode: "VIP", ...entry }));
  return { ...service, status: { ...service.status, loadBalancer: { ingress: complete } } };
}

/** One client's view of the cluster in memory. Everything is complete at once. */
export class MemoryReader implements ClusterReader {
  readonly services: MemoryView<ServiceResource>;
  readonly namespaces: MemoryView<NamespaceResource>;
  readonly pools: MemoryView<IpAddressPoolResource>;
  readonly l2Advertisements: MemoryView<L2AdvertisementResource>;
  readonly l2Statuses: MemoryView<ServiceL2StatusResource>;
  readonly bgpAnnouncements: MemoryView<StoredAnnouncement>;
  readonly bgpAdvertisements: MemoryView<BgpAdvertisementResource>;
  readonly bgpPeers: MemoryView<BgpPeerResource>;
  readonly bfdProfiles: MemoryView<BfdProfileResource>;
  readonly communities: MemoryView<CommunityResource>;
  readonly configurationStates: MemoryView<ConfigurationStateResource>;
  readonly nodes: MemoryView<NodeResource>;
  readonly endpoints: MemoryView<StoredEndpoints>;
  readonly ownPods: MemoryView<StoredPod>;
  readonly #showsSurroundings: () => boolean;
  readonly #close: () => void;

  constructor(cluster: MemoryCluster) {
    this.services = cluster.services.open();
    this.namespaces = cluster.namespaces.open();
    this.pools = cluster.pools.open();
    this.l2Advertisements = cluster.l2Advertisements.open();
    this.l2Statuses = cluster.l2Statuses.open();
    this.bgpAnnouncements = cluster.bgpAnnouncements.open();
    this.bgpAdvertisements = cluster.bgpAdvertisements.open();
    this.bgpPeers = cluster.bgpPeers.open();
    this.bfdProfiles = cluster.bfdProfiles.open();
    this.communities = cluster.communities.open();
    this.configurationStates = cluster.configurationStates.open();
    this.nodes = cluster.nodes.open();
    this.endpoints = cluster.endpoints.open();
    this.ownPods = cluster.ownPods.open();
    this.#showsSurroundings = () => cluster.showsSurroundings;
    this.#close = () => {
      cluster.nodes.close(this.nodes);
      cluster.endpoints.close(this.endpoints);
      cluster.ownPods.close(this.ownPods);
      cluster.bgpAdvertisements.close(this.bgpAdvertisements);
      cluster.bgpPeers.close(this.bgpPeers);
      cluster.bfdProfiles.close(this.bfdProfiles);
      cluster.communities.close(this.communities);
      cluster.configurationStates.close(this.configurationStates);
      cluster.services.close(this.services);
      cluster.namespaces.close(this.namespaces);
      cluster.pools.close(this.pools);
      cluster.l2Advertisements.close(this.l2Advertisements);
      cluster.l2Statuses.close(this.l2Statuses);
      cluster.bgpAnnouncements.close(this.bgpAnnouncements);
    };
  }

  l2StatusesOf(service: string): readonly ServiceL2StatusResource[] {
    return this.l2Statuses
      .list()
      .filter(({ status }) => `${status?.serviceNamespace}/${status?.serviceName}` === service);
  }

  bgpAnnouncersOf(service: string): readonly BgpAnnouncer[] {
    return this.bgpAnnouncements.list().flatMap((one) => (one.service === service ? [one.by] : []));
  }

  endpointsOf(service: string): readonly EndpointSummary[] | undefined {
    return this.#showsSurroundings()
      ? this.endpoints.list().filter((one) => one.service === service)
      : undefined;
  }

  knownNodes(): readonly NodeResource[] | undefined {
    return this.#showsSurroundings() ? this.nodes.list() : undefined;
  }

  whyPodNotReady(name: string): string | undefined {
    return this.ownPods.list().find((pod) => pod.name === name)?.whyNotReady;
  }

  whenSynced(): Promise<void> {
    return Promise.resolve();
  }

  async catchUp(signal: AbortSignal): Promise<void> {
    // An answer never comes in the turn of the question.
    await Promise.resolve();
    signal.throwIfAborted();
    for (const view of [this.services, this.namespaces, this.pools, this.l2Advertisements]) view.catchUp();
  }

  async catchUpOnBgp(signal: AbortSignal): Promise<void> {
    await Promise.resolve();
    signal.throwIfAborted();
    const kinds = [this.bgpAdvertisements, this.bgpPeers, this.bfdProfiles, this.communities];
    for (const view of [...kinds, this.configurationStates]) view.catchUp();
  }

  whenReportsSynced(): Promise<void> {
    return Promise.resolve();
  }

  whenBgpReportsSynced(): Promise<void> {
    return Promise.resolve();
  }

  whenEndpointsSynced(): Promise<void> {
    return this.#showsSurroundings() ? Promise.resolve() : new Promise(() => {});
  }

  async close(): Promise<void> {
    this.#close();
  }
}
