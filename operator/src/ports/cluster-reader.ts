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
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import {
  type BgpAnnouncement,
  type BgpAnnouncer,
  type EndpointSummary,
  type PodReadiness,
} from "../core/surroundings/index.ts";

/** One change of an object; `object` is undefined when it is gone, `previous` when it is new. */
export interface ObjectChange<T> {
  /** `namespace/name`, or `name` for a cluster-wide object. */
  readonly key: string;
  readonly object: T | undefined;
  readonly previous: T | undefined;
}

/** The objects of one kind as the API server last told. */
export interface ObjectView<T> {
  get(key: string): T | undefined;
  /** In no particular order. */
  list(): readonly T[];
  readonly size: number;
  /** Hears of every change from now on, after the view has taken it in. Returns what ends the subscription. */
  subscribe(handler: (change: ObjectChange<T>) => void): () => void;
}

/**
 * The part of the cluster the operator decides from. While the API server is away the views stand still: an outage
 * looks like a cluster in which nothing happens.
 */
export interface ClusterReader {
  readonly services: ObjectView<ServiceResource>;
  readonly namespaces: ObjectView<NamespaceResource>;
  /** Of the program's own namespace, like the other kinds of metallb.io. */
  readonly pools: ObjectView<IpAddressPoolResource>;
  readonly l2Advertisements: ObjectView<L2AdvertisementResource>;
  readonly l2Statuses: ObjectView<ServiceL2StatusResource>;
  /** One per ServiceBGPStatus. */
  readonly bgpAnnouncements: ObjectView<BgpAnnouncement>;
  readonly bgpAdvertisements: ObjectView<BgpAdvertisementResource>;
  readonly bgpPeers: ObjectView<BgpPeerResource>;
  readonly bfdProfiles: ObjectView<BfdProfileResource>;
  readonly communities: ObjectView<CommunityResource>;
  /** The operator's own, if it is there, and of the agents' what they say of segment and routers. */
  readonly configurationStates: ObjectView<ConfigurationStateResource>;
  readonly nodes: ObjectView<NodeResource>;
  /** One per EndpointSlice. */
  readonly endpoints: ObjectView<EndpointSummary>;
  /** The Pods of the program's own namespace, which are the agents'. */
  readonly ownPods: ObjectView<PodReadiness>;
  /** What the agents report of a Service (`namespace/name`); undefined until their reports have come in. */
  l2StatusesOf(service: string): readonly ServiceL2StatusResource[] | undefined;
  /** The same of BGP: who has told a router of it. */
  bgpAnnouncersOf(service: string): readonly BgpAnnouncer[] | undefined;
  /** Undefined until they are complete, and for ever where a role does not let us read them. */
  endpointsOf(service: string): readonly EndpointSummary[] | undefined;
  /** The same of the nodes, which are not followed before they are asked for. */
  knownNodes(): readonly NodeResource[] | undefined;
  /**
   * Why a Pod of the program's own namespace is not ready, as the end of a sentence that begins with the Pod. Undefined when
   * it is, or is not known; these Pods are not followed either before one is asked for.
   */
  whyPodNotReady(name: string): string | undefined;
  /** Resolves when every view an address depends on is complete: neither BGP nor reports. Rejects on an abort before that. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /**
   * Asks the API server afresh for every view an address depends on, and resolves when all of them show the cluster as
   * it was after this was called, whatever their watches have missed. What has not changed is told to nobody. Failures
   * are tried again; rejects on an abort only.
   */
  catchUp(signal: AbortSignal): Promise<void>;
  /**
   * The same for the kinds that only BGP needs and for the ConfigurationState: no address waits for them, nor for whoever
   * has not installed them or does not let us read them.
   */
  catchUpOnBgp(signal: AbortSignal): Promise<void>;
  /** Resolves when the agents' reports are complete too. Rejects on an abort before that. */
  whenReportsSynced(signal: AbortSignal): Promise<void>;
  /** The same of what they report of BGP. */
  whenBgpReportsSynced(signal: AbortSignal): Promise<void>;
  /** The same of the endpoints. */
  whenEndpointsSynced(signal: AbortSignal): Promise<void>;
  /** Nobody hears of anything after this has been called. */
  close(): Promise<void>;
}

/** What the configuration is built from, and what a decision about an address looks at. */
export type DecidingViews = Pick<
  ClusterReader,
  | "services"
  | "namespaces"
  | "pools"
  | "l2Advertisements"
  | "bgpAdvertisements"
  | "bgpPeers"
  | "bfdProfiles"
  | "communities"
  | "l2StatusesOf"
  | "bgpAnnouncersOf"
  | "endpointsOf"
  | "knownNodes"
  | "whyPodNotReady"
>;

/**
 * Opens a view of the cluster. It is opened once, when the program starts, so that a standby has everything at hand. A
 * leader lets it catch up after it has become the leader: only then has it seen everything its predecessor wrote.
 */
export type OpenCluster = () => ClusterReader;
