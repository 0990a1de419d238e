import { type AddressRequest } from "../../../allocator/index.ts";
import { type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig } from "@steelyard/model/config";
import {
  ANNOUNCED_BY_BGP,
  ANNOUNCED_CONDITION,
  type BgpReport,
  type Condition,
  FOREIGN_HOLDER,
  type NodeResource,
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type NodeAdvertisement, type NodeStandings } from "@steelyard/model/services";
import {
  type BgpAnnouncer,
  type EndpointSummary,
  type PodFacts,
  type SegmentFinding,
} from "../../../surroundings/index.ts";

export const announcedType = ANNOUNCED_CONDITION;

/** The reasons of the condition; docs/conditions.md explains each of them. */
export const announcedReasons = [
  "Layer2",
  ANNOUNCED_BY_BGP,
  "ExclusionSuspended",
  "NodeNotReady",
  "AgentNotReady",
  "NobodyAnswers",
  "TwoAnswer",
  "ForeignHost",
  FOREIGN_HOLDER,
  "NoAdvertisement",
  "SharedWithServiceSelector",
  "NoEndpoint",
  "NoReadyEndpoint",
  "NoEligibleNode",
  "NoInterface",
  "ConflictingAdvertisements",
  "NoBgpPeer",
  "SessionDown",
  "FamilyWithheld",
  "AwaitingAgent",
  "PoolRefused",
] as const;

export type AnnouncedReason = (typeof announcedReasons)[number];

export type AnnouncedVerdict = Omit<Condition, "lastTransitionTime" | "reason"> & {
  readonly reason: AnnouncedReason;
};

export type Protocol = "layer2" | "bgp";

/** An advertisement of either protocol. */
export type NamedAdvertisement = NodeAdvertisement & { readonly name: string };

/** What of the cluster decides about announcing a Service beyond its pool; undefined = it is not known. */
export interface AnnouncingSurroundings {
  /** What the agents report of this Service. */
  readonly l2Statuses: readonly ServiceL2StatusResource[] | undefined;
  /** The same of BGP: to whom a router has a route. */
  readonly bgpAnnouncers: readonly BgpAnnouncer[] | undefined;
  /** By node, what its agent says of routers; only those that have something to report. */
  readonly bgpReports: ReadonlyMap<string, BgpReport>;
  /** The kinds of BGP are part of the configuration by now. */
  readonly knowsBgp: boolean;
  /** Of this Service. */
  readonly endpoints: readonly EndpointSummary[] | undefined;
  /** The nodes in the light of these advertisements. */
  readonly standings: (
    advertisements: readonly NamedAdvertisement[],
    protocol: Protocol,
  ) => NodeStandings | undefined;
  /** By name. */
  readonly nodes: () => ReadonlyMap<string, NodeResource> | undefined;
  readonly findingsOf: (address: IpAddress) => readonly SegmentFinding[];
  readonly isNodeReady: (node: string) => boolean | undefined;
  /** Why the agent that has reported does not run, as the end of a sentence that begins with its Pod; undefined = it may run. */
  readonly whyAgentStopped: (announcer: BgpAnnouncer) => string | undefined;
  /** Of the Service's namespace: looked at only when it turns out to be wanted. */
  readonly pods: readonly PodFacts[] | undefined;
}

export interface AnnouncedFacts extends AnnouncingSurroundings {
  readonly service: ServiceResource;
  /** What the Service shall have; its status may not show it yet. */
  readonly addresses: readonly IpAddress[];
  readonly built: BuiltConfig;
  readonly request: AddressRequest;
  /** How many addresses this host outside the cluster answers for. */
  readonly countQuarantinedBy: (mac: string) => number;
  /** What the condition says by now. */
  readonly said: Condition | undefined;
  readonly configNamespace: string;
}

/** Of a cluster of which nothing is known but its configuration. */
export const unknownSurroundings: AnnouncingSurroundings = {
  l2Statuses: undefined,
  bgpAnnouncers: undefined,
  bgpReports: new Map(),
  knowsBgp: false,
  endpoints: undefined,
  standings: () => undefined,
  nodes: () => undefined,
  findingsOf: () => [],
  isNodeReady: () => undefined,
  whyAgentStopped: () => undefined,
  pods: undefined,
};

export function say(status: Condition["status"], reason: AnnouncedReason, message: string): AnnouncedVerdict {
  return { type: announcedType, status, reason, message };
}
