import {
  type BfdProfileResource,
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type CommunityResource,
  type ConfigurationStateResource,
  type EndpointSliceResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
  type NodeResource,
  type ServiceBgpStatusResource,
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";

/**
 * What the agent last heard from the API server. Each list stays the same array until something in it changes, so that
 * whoever computes from it can tell by identity that there is nothing new to compute.
 */
export interface ClusterView {
  readonly services: readonly ServiceResource[];
  readonly endpointSlices: readonly EndpointSliceResource[];
  readonly nodes: readonly NodeResource[];
  readonly namespaces: readonly NamespaceResource[];
  /** Of the program's own namespace, like the advertisements. */
  readonly pools: readonly IpAddressPoolResource[];
  readonly l2Advertisements: readonly L2AdvertisementResource[];
  readonly bgpAdvertisements: readonly BgpAdvertisementResource[];
  readonly bgpPeers: readonly BgpPeerResource[];
  readonly bfdProfiles: readonly BfdProfileResource[];
  readonly communities: readonly CommunityResource[];
  /**
   * Of the names that `watchSecrets` asked for, those about which the API server has spoken: the Secret, or undefined when
   * there is none. The same map until something in it changes.
   */
  readonly passwordSecrets: ReadonlyMap<string, PasswordSecret | undefined>;
  /** Those labelled with this node (core/desired/node-label.ts); undefined until they have come in, which no announcement waits for. */
  readonly serviceL2Statuses: readonly ServiceL2StatusResource[] | undefined;
  /** The same of BGP. */
  readonly serviceBgpStatuses: readonly ServiceBgpStatusResource[] | undefined;
  /** This node's own one, if it is there; undefined until it has come in, like the statuses. */
  readonly configurationStates: readonly ConfigurationStateResource[] | undefined;
}

/** What is read of a Secret that a BGPPeer names. */
export interface PasswordSecret {
  /** Its `type`; "" when it has none. */
  readonly type: string;
  /** What is under the key `password`; undefined = no such key. */
  readonly password: string | undefined;
  /** The API server's words when it does not let us read the Secret: then nothing else is known of it. */
  readonly refusal?: string;
}

/** A kind whose first list has not come in. */
export interface AwaitedKind {
  readonly kind: string;
  /** The API server's words when it will not list it before somebody installs or allows it; undefined = not heard of yet. */
  readonly refusal: string | undefined;
}

/**
 * The cluster's objects, kept up to date by watching. While the API server is away the view stands still: an outage
 * looks like a cluster in which nothing happens, and so costs no announcement.
 */
export interface ClusterReader {
  /** Kinds that every announcement depends on and whose first list has not come in yet. Once empty it stays empty. */
  readonly awaited: readonly string[];
  /**
   * The same of the kinds that only BGP needs. A cluster that does not have them, or does not let this agent read them,
   * keeps them in this list for ever: layer 2 does without, and BGP does not begin with half a picture.
   */
  readonly awaitedForBgp: readonly AwaitedKind[];
  view(): ClusterView;
  /** Which Secrets of the program's own namespace to follow, by level; none at first. */
  watchSecrets(names: readonly string[]): void;
  /** Called after each change of the view, and when a kind has come in for the first time. */
  onChange(handler: () => void): void;
}
