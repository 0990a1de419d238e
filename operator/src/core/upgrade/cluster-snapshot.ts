import { type JsonObject } from "@steelyard/model/foundation";
import { type PlannedService } from "../plan/index.ts";

/** What is read of the cluster, as the API server sent it. Of a kind that is not there the list is empty. */
export interface ClusterSnapshot {
  /** MetalLB's, which becomes Steelyard's. */
  readonly namespace: string;
  readonly deployments: readonly JsonObject[];
  readonly daemonSets: readonly JsonObject[];
  readonly configMaps: readonly JsonObject[];
  /** Those that BGPPeers name, with the names of their keys and without their values. */
  readonly secrets: readonly NamedSecret[];
  readonly services: readonly JsonObject[];
  readonly nodes: readonly JsonObject[];
  readonly namespaces: readonly JsonObject[];
  readonly ipAddressPools: readonly JsonObject[];
  readonly l2Advertisements: readonly JsonObject[];
  readonly bgpAdvertisements: readonly JsonObject[];
  readonly bgpPeers: readonly JsonObject[];
  readonly bfdProfiles: readonly JsonObject[];
  readonly communities: readonly JsonObject[];
  readonly configurationStates: readonly JsonObject[];
  readonly definitions: readonly JsonObject[];
  readonly webhooks: readonly JsonObject[];
  /** Of frr-k8s, in all namespaces. */
  readonly frrConfigurations: readonly JsonObject[];
  /** `secrets of namespace metallb-system: forbidden`. */
  readonly unread: readonly string[];
}

export interface NamedSecret {
  readonly name: string;
  /** undefined = there is no such Secret in the namespace. */
  readonly found: { readonly type: string; readonly keys: readonly string[] } | undefined;
}

/** How Steelyard is to be started, and what its operator would do with the Services on its first day. */
export interface UpgradeOptions {
  readonly lbClasses: readonly string[];
  readonly consequences: readonly PlannedService[];
}
