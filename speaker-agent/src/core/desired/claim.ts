import { err, ok, type Result } from "@steelyard/model/foundation";
import { type EndpointSliceResource, type ServiceResource } from "@steelyard/model/resources";
import {
  type AnnouncingGrounds,
  type AnnouncingRefusal,
  type RefusalReason,
  settleAnnouncing,
} from "@steelyard/model/services";
import { type Electorates, type KeyedElectorate } from "./electorates.ts";
import { type Home } from "./homes.ts";
import { type WithdrawReason } from "./types.ts";

/** A Service that some node may announce: what it asks for before other Services with the same address are heard. */
export interface Claim extends Pick<AnnouncingGrounds, "addresses" | "first" | "advertisements"> {
  readonly home: Home;
  readonly electorate: KeyedElectorate;
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

/** What a Service asks for, or why nobody may announce it. */
export function claimOf(
  { service, slices, home }: Claimant,
  electorates: Electorates,
): Result<Claim, Refusal> {
  const grounds = settleAnnouncing({ service, slices, pool: home });
  if (!grounds.ok) return err(refusalOf(grounds.error));
  // Not reached: without a home the grounds are refused.
  if (home === undefined) return err({ reason: "ipNotAllowed", because: "the pool is unknown" });
  const { addresses, first, advertisements, serving } = grounds.value;
  return ok({ addresses, first, advertisements, home, electorate: electorates.of(advertisements, serving) });
}

const METALLB_REASONS: Readonly<Record<RefusalReason, WithdrawReason>> = {
  deleted: "serviceDeleted",
  "no-address": "noIPAllocated",
  "invalid-address": "invalidIP",
  "no-pool": "ipNotAllowed",
  "no-endpoint": "notOwner",
  "shared-with-service-selector": "sharedIPWithServiceSelector",
  "no-advertisement": "noMatchingAdvertisement",
  "advertisement-selects-others": "noMatchingAdvertisement",
  "no-candidate": "notOwner",
};

export function refusalOf({ reason, because }: AnnouncingRefusal): Refusal {
  return { reason: METALLB_REASONS[reason], because };
}
