import { type AddressRequest } from "../../../allocator/index.ts";
import { type IpAddress } from "@steelyard/model/address";
import { type BuiltConfig, type L2Advertisement } from "@steelyard/model/config";
import {
  ANNOUNCED_CONDITION,
  type Condition,
  FOREIGN_HOLDER,
  type ServiceL2StatusResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type NodeStandings } from "@steelyard/model/services";
import { type EndpointSummary, type PodFacts, type SegmentFinding } from "../../../surroundings/index.ts";

export const announcedType = ANNOUNCED_CONDITION;

/** The reasons of the condition; docs/conditions.md explains each of them. */
export const announcedReasons = [
  "Layer2",
  "ExclusionSuspended",
  "NodeNotReady",
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
  "AwaitingAgent",
  "AwaitingBgp",
  "PoolRefused",
] as const;

export type AnnouncedReason = (typeof announcedReasons)[number];

export type AnnouncedVerdict = Omit<Condition, "lastTransitionTime" | "reason"> & {
  readonly reason: AnnouncedReason;
};

/** What of the cluster decides about announcing a Service beyond its pool; undefined = it is not known. */
export interface AnnouncingSurroundings {
  /** What the agents report of this Service. */
  readonly l2Statuses: readonly ServiceL2StatusResource[] | undefined;
  /** Of this Service. */
  readonly endpoints: readonly EndpointSummary[] | undefined;
  /** The nodes in the light of these advertisements. */
  readonly standings: (advertisements: readonly L2Advertisement[]) => NodeStandings | undefined;
  readonly findingsOf: (address: IpAddress) => readonly SegmentFinding[];
  readonly isNodeReady: (node: string) => boolean | undefined;
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
  endpoints: undefined,
  standings: () => undefined,
  findingsOf: () => [],
  isNodeReady: () => undefined,
  pods: undefined,
};

export function say(status: Condition["status"], reason: AnnouncedReason, message: string): AnnouncedVerdict {
  return { type: announcedType, status, reason, message };
}
