import { type IpAddress, type IpPrefix } from "@steelyard/model/address";
import { type BgpPeer } from "@steelyard/model/config";
import { type ExcludedNode } from "@steelyard/model/services";
import { type RouteTable } from "../../rib/types.ts";
import { type RememberedPools } from "../homes.ts";
import { type BgpBasis } from "./basis.ts";

/** Why this node does not advertise a Service, in MetalLB's words (reference metallb.md, sections 4.1 and 5.1). */
export type BgpWithdrawReason =
  | "serviceDeleted"
  | "noIPAllocated"
  | "invalidIP"
  | "ipNotAllowed"
  | "notOwner"
  | "noMatchingAdvertisement"
  | "conflictingAdvertisements"
  | "nodeNetworkUnavailable"
  | "nodeLabeledExcludeBalancers"
  | "noLocalEndpoints"
  | "noEndpoints";

/** What is decided about one Service on this node as far as BGP goes, and why. */
export interface BgpVerdict {
  readonly service: { readonly namespace: string; readonly name: string; readonly uid: string | undefined };
  readonly addresses: readonly IpAddress[];
  /** What is advertised for it, sorted; empty = nothing. */
  readonly prefixes: readonly AdvertisedPrefix[];
  readonly suspended: readonly ExcludedNode[];
  readonly decision: BgpDecision;
}

export interface AdvertisedPrefix {
  readonly prefix: IpPrefix;
  /** Names of the BGPPeers of this node that are to have it, sorted; empty = no such peer. */
  readonly peers: readonly string[];
}

export type BgpDecision =
  | { readonly kind: "advertise"; readonly because: string }
  | { readonly kind: "withdraw"; readonly reason: BgpWithdrawReason; readonly because: string };

/** What this node is to say by BGP, to whom. */
export interface DesiredBgp {
  /** Those whose selectors match this node, sorted by name; independent of Services. */
  readonly peers: readonly BgpPeer[];
  /** By name of the peer; one entry for each of `peers`. The same array as before while nothing in it has changed. */
  readonly routes: ReadonlyMap<string, RouteTable>;
  /** One per Service of ours, sorted by namespace and name; the same object as before while nothing in it has changed. */
  readonly verdicts: readonly BgpVerdict[];
  /** What the next decision may take over from this one, to be cheap; one made by hand has none. */
  readonly basis?: BgpBasis;
}

/** What is left of an earlier decision: without a basis the next one is only dearer, without memory it forgets. */
export type BgpPredecessor = Partial<Pick<DesiredBgp, "routes" | "basis">> & {
  /** What an agent before this one remembered. */
  readonly remembered?: RememberedPools;
};
