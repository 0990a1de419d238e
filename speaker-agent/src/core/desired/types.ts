import { type IpAddress } from "@steelyard/model/address";
import { type Config } from "@steelyard/model/config";
import {
  type EndpointSliceResource,
  type NodeResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type ExcludedNode, type TaintRule } from "@steelyard/model/services";
import { type Candidate, type ElectableAddress } from "../election/types.ts";
import { type Elections } from "./elections.ts";
import { type RememberedPools } from "./homes.ts";

/** What the cluster says, as far as it decides who announces what. */
export interface ClusterSnapshot {
  readonly config: Config;
  /** Of every type and class; foreign ones are passed over. */
  readonly services: readonly ServiceResource[];
  readonly endpointSlices: readonly EndpointSliceResource[];
  readonly nodes: readonly NodeResource[];
  /** Texts of addresses that the worker says somebody owns; none while nobody knows. */
  readonly owned?: ReadonlySet<string>;
}

export interface AnnouncingOptions {
  /** This node. */
  readonly nodeName: string;
  /** Classes served; empty = Services without a class (reference metallb.md, section 3.9). */
  readonly lbClasses: readonly string[];
  /** The flag `--ignore-exclude-lb`. */
  readonly ignoreExcludeLb: boolean;
  /** The flag `--strict-exclude-lb`: the exclusion is never suspended. */
  readonly strictExcludeLb: boolean;
  /** The flag `--withdraw-on-taint`. */
  readonly withdrawOnTaints: readonly TaintRule[];
  /** Whether the agents tell each other that they live; without it a node has to be Ready to announce. */
  readonly membership: boolean;
  /** The flag `--bind-addresses`: the interface for addresses whose pool names none; undefined = they are not bound. */
  readonly bindAddresses: string | undefined;
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
  /** Its addresses, in the order of its status; none when the decision fell before nodes were compared. */
  readonly addresses: readonly IpAddress[];
  /** Where this node announces it if it does: exact names, sorted; empty = on every interface that qualifies. */
  readonly interfaces: readonly string[];
  /** Every node that may announce its first address, sorted by name. */
  readonly candidates: readonly Candidate[];
  /** Those of them that are excluded by label or taint, and count because nobody else is left; sorted by name. */
  readonly suspended: readonly ExcludedNode[];
  readonly decision: Decision;
}

/** Whether this node may announce; which of those that may does is decided by the worker, who knows who lives. */
export type Decision =
  | { readonly kind: "candidate"; readonly because: string }
  | {
      readonly kind: "withdraw";
      readonly reason: WithdrawReason;
      /** One sentence for people, without the Service's name. */
      readonly because: string;
    };

export interface DesiredState {
  /** Sorted by address, one per address; of all nodes, this one a candidate or not. */
  readonly addresses: readonly ElectableAddress[];
  /** Names of the nodes that are Ready, sorted. */
  readonly readyNodes: readonly string[];
  /** One per Service of ours, sorted by namespace and name. */
  readonly verdicts: readonly ServiceVerdict[];
  /** Texts of the addresses that have been announced before, as far as this agent knows. */
  readonly settled: ReadonlySet<string>;
  /** What the next decision may take over from this one, to be cheap. */
  readonly elections: Elections;
  /** What the next decision has to know, to keep what works. */
  readonly remembered: RememberedPools;
}

/** What is left of an earlier decision: without elections the next one is only dearer, without memory it forgets. */
export type Predecessor = Pick<DesiredState, "remembered"> &
  Partial<Pick<DesiredState, "elections" | "settled">>;
