import { type IpAddress } from "@steelyard/model/address";
import { type L2Advertisement } from "@steelyard/model/config";
import { err, ok, type Result } from "@steelyard/model/foundation";
import {
  type EndpointSliceResource,
  readAnnotation,
  serviceAnnotations,
  type ServiceResource,
} from "@steelyard/model/resources";
import { advertisementsFor, heldAddresses, servingNodes } from "@steelyard/model/services";
import { type AnnouncerRanking, rankAnnouncers, type Sha256 } from "../election/rank-announcers.ts";
import { announcerCandidates } from "./candidates.ts";
import { type Home } from "./homes.ts";
import { type AnnouncingOptions, type ClusterSnapshot, type WithdrawReason } from "./types.ts";

/** A Service that some node may announce: what it asks for before other Services with the same address are heard. */
export interface Claim extends AnnouncerRanking {
  /** At least one; the first decided the ranking. */
  readonly addresses: readonly IpAddress[];
  readonly home: Home;
  readonly advertisements: readonly L2Advertisement[];
}

/** Of what a claim is made, besides nodes and configuration. */
export interface Claimant {
  readonly service: ServiceResource;
  /** All of the Service, and only those. */
  readonly slices: readonly EndpointSliceResource[];
  readonly home: Home | undefined;
}

export interface Refusal {
  readonly reason: WithdrawReason;
  readonly because: string;
}

/**
 * Goes through what has to be true of a Service before nodes are compared, in the reference's order (metallb.md,
 * sections 4.1 and 4.2): nothing in here depends on which node asks, so that all that see the same home come to the same
 * ranking.
 */
export function claimOf(
  { service, slices, home }: Claimant,
  cluster: ClusterSnapshot,
  options: AnnouncingOptions,
  sha256: Sha256,
): Result<Claim, Refusal> {
  const settled = settledAddresses(service);
  if (!settled.ok) return settled;
  const { addresses, first } = settled.value;
  if (home === undefined) return refuse("ipNotAllowed", "an address of the Service lies in no pool in force");
  const serving = servingNodes(slices);
  if (!serving.anywhere) return refuse("notOwner", "no endpoint of the Service can serve");
  const advertisements = advertisementsFor(home, service);
  const shared = whySharingForbids(service, advertisements);
  if (shared !== undefined) return refuse("sharedIPWithServiceSelector", shared);
  if (advertisements.length === 0) return refuse("noMatchingAdvertisement", whyNoAdvertisement(home));
  const local = service.spec.externalTrafficPolicy === "Local";
  const candidates = announcerCandidates(cluster.nodes, {
    advertisements,
    servingNodes: local ? serving.nodes : undefined,
    ignoreExcludeLb: options.ignoreExcludeLb,
  });
  return ok({ addresses, home, advertisements, ...rankAnnouncers(candidates, first, sha256) });
}

function settledAddresses(
  service: ServiceResource,
): Result<{ addresses: readonly IpAddress[]; first: IpAddress }, Refusal> {
  if (service.metadata.deletionTimestamp !== undefined) {
    return refuse("serviceDeleted", "the Service is being deleted");
  }
  const { addresses, unparsable } = heldAddresses(service);
  if (unparsable.length > 0)
    return refuse("invalidIP", `the status names ${unparsable.join(", ")}, which is no address`);
  const [first] = addresses;
  if (first === undefined) return refuse("noIPAllocated", "the Service has no address yet");
  return ok({ addresses, first });
}

/** MetalLB refuses this combination since 0.16.2: Services on one address could be selected differently. */
function whySharingForbids(
  service: ServiceResource,
  advertisements: readonly L2Advertisement[],
): string | undefined {
  if (readAnnotation(service.metadata, serviceAnnotations.allowSharedIp) === undefined) return undefined;
  const selecting = advertisements.find(({ serviceSelectors }) => serviceSelectors.length > 0);
  if (selecting === undefined) return undefined;
  return `the Service may share its address, but L2Advertisement ${selecting.name} selects by Service`;
}

function whyNoAdvertisement({ name, l2Advertisements }: Home): string {
  if (l2Advertisements.length === 0) return `no L2Advertisement selects the pool ${name}`;
  const names = l2Advertisements.map((advertisement) => advertisement.name).join(", ");
  return `the labels of the Service match no L2Advertisement of the pool ${name} (${names})`;
}

function refuse(reason: WithdrawReason, because: string): Result<never, Refusal> {
  return err({ reason, because });
}
