import {
  type ConfigurationStateResource,
  type EndpointSliceResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
  type NodeResource,
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
  /** Those labelled with this node (core/desired/node-label.ts); undefined until they have come in, which no announcement waits for. */
  readonly serviceL2Statuses: readonly ServiceL2StatusResource[] | undefined;
  /** This node's own one, if it is there; undefined until it has come in, like the statuses. */
  readonly configurationStates: readonly ConfigurationStateResource[] | undefined;
}

/**
 * The cluster's objects, kept up to date by watching. While the API server is away the view stands still: an outage
 * looks like a cluster in which nothing happens, and so costs no announcement.
 */
export interface ClusterReader {
  /** Kinds an announcement depends on whose first list has not come in yet. Once empty it stays empty. */
  readonly awaited: readonly string[];
  view(): ClusterView;
  /** Called after each change of the view, and when a kind has come in for the first time. */
  onChange(handler: () => void): void;
}
