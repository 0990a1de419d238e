import {
  type BfdProfileResource,
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type CommunityResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
} from "../resources/index.ts";

/** The cluster's objects that make up the configuration, in any order. */
export interface ConfigSnapshot {
  /** The program's own: objects of metallb.io elsewhere are reported and otherwise ignored. */
  readonly namespace: string;
  readonly pools: readonly IpAddressPoolResource[];
  readonly l2Advertisements: readonly L2AdvertisementResource[];
  readonly bgpAdvertisements: readonly BgpAdvertisementResource[];
  readonly bgpPeers: readonly BgpPeerResource[];
  readonly bfdProfiles: readonly BfdProfileResource[];
  readonly communities: readonly CommunityResource[];
  /** All of the cluster: pools select them by label. */
  readonly namespaces: readonly NamespaceResource[];
}

/** A cluster without any of them. */
export const NO_OBJECTS: Omit<ConfigSnapshot, "namespace"> = {
  pools: [],
  l2Advertisements: [],
  bgpAdvertisements: [],
  bgpPeers: [],
  bfdProfiles: [],
  communities: [],
  namespaces: [],
};
