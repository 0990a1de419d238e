import { type IpAddress } from "@steelyard/model/address";
import { type Config } from "@steelyard/model/config";
import {
  type EndpointSliceResource,
  type NodeResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type RankedAnnouncer } from "../election/rank-announcers.ts";
import { type Announcement } from "../election/ranked-announcement.ts";
import { type Elections } from "./elections.ts";
import { type RememberedPools } from "./homes.ts";

/** What the cluster says, as far as it decides who announces what. */
export interface ClusterSnapshot {
  readonly config: Config;
  /** Of every type and class; foreign ones are passed over. */
  readonly services: readonly ServiceResource[];
  readonly endpointSlices: readonly EndpointSliceResource[];
  readonly nodes: readonly NodeResource[];
}

export interface AnnouncingOptions {
  /** This node. */
  readonly nodeName: string;
  /** Classes served; empty = Services without a class (reference metallb.md, section 3.9). */
  readonly lbClasses: readonly string[];
  /** The flag `--ignore-exclude-lb`. */
  readonly ignoreExcludeLb: boolean;
}

/** Why this node does not announce a Service, in MetalLB's words (reference metallb.md, sections 4.1 and 4.2). */
export type WithdrawReason =
  | "serviceDeleted"
  | "noIPAllocated"
  | "invalidIP"
  | "ipNotAllowed"
  | "sharedIPWithServiceSelector"
  | "noMatchingAdvertisement"
  | "notOwner";

/** What is decided about one Service on this node, and why. */
export interface ServiceVerdict {
  readonly service: { readonly namespace: string; readonly name: string; readonly uid: string | undefined };
  /** Its addresses, in the order of its status; none when the decision fell before the election. */
  readonly addresses: readonly IpAddress[];
  /** Where this node would announce it: exact names, sorted; empty = on every interface that qualifies. */
  readonly interfaces: readonly string[];
  /** Every node that may announce it, best first; empty when the decision fell before the election. */
  readonly ranking: readonly RankedAnnouncer[];
  readonly excluded: readonly { readonly node: string; readonly because: string }[];
  readonly decision: Decision;
}

export type Decision =
  | { readonly kind: "announce"; readonly because: string }
  | {
      readonly kind: "withdraw";
      readonly reason: WithdrawReason;
      /** One sentence for people, without the Service's name. */
      readonly because: string;
    };

export interface DesiredState {
  /** Sorted by address, one per address; only those in whose ranking this node has a place. */
  readonly announcements: readonly Announcement[];
  /** One per Service of ours, sorted by namespace and name. */
  readonly verdicts: readonly ServiceVerdict[];
  /** What the next decision may take over from this one, to be cheap. */
  readonly elections: Elections;
  /** What the next decision has to know, to keep what works. */
  readonly remembered: RememberedPools;
}

/** What is left of an earlier decision: without elections the next one is only dearer, without memory it forgets. */
export type Predecessor = Pick<DesiredState, "remembered"> & Partial<Pick<DesiredState, "elections">>;
