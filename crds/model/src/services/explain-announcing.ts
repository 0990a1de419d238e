import { type IpAddress } from "../address/index.ts";
import { type L2Advertisement, type Pool } from "../config/index.ts";
import { err, ok, type Result } from "../foundation/index.ts";
import {
  type EndpointSliceResource,
  type NodeResource,
  readAnnotation,
  serviceAnnotations,
  type ServiceResource,
} from "../resources/index.ts";
import { heldAddresses } from "./addresses.ts";
import { advertisementsFor } from "./advertisements.ts";
import {
  type Electorate,
  electorateOf,
  type ElectorateRules,
  type ExcludedNode,
  excludedNodes,
  standNodes,
} from "./electorate.ts";
import { servingNodes } from "./endpoints.ts";
import { USUAL_NODE_RULES } from "./nodes.ts";

/** One Service of ours, and what decides about announcing it besides the nodes. */
export interface AnnouncingSubject {
  readonly service: ServiceResource;
  /** All of the Service, and only those. */
  readonly slices: readonly EndpointSliceResource[];
  /** The pool its addresses are from; undefined = one of them lies in none. */
  readonly pool: Pick<Pool, "name" | "l2Advertisements"> | undefined;
}

export type RefusalReason =
  | "deleted"
  | "no-address"
  | "invalid-address"
  | "no-pool"
  | "no-endpoint"
  | "shared-with-service-selector"
  | "no-advertisement"
  | "advertisement-selects-others"
  | "no-candidate";

/** Why nobody announces a Service. */
export interface AnnouncingRefusal {
  readonly reason: RefusalReason;
  /** One sentence for people, without the Service's name. */
  readonly because: string;
}

/** What is settled about a Service before nodes are compared. */
export interface AnnouncingGrounds {
  /** At least one, in the order of the status. */
  readonly addresses: readonly IpAddress[];
  /** The one whose hash decides between equal nodes. */
  readonly first: IpAddress;
  readonly pool: NonNullable<AnnouncingSubject["pool"]>;
  /** At least one: those that are meant for the Service, whichever nodes they cover. */
  readonly advertisements: readonly L2Advertisement[];
  /** Nodes that may announce because they run an endpoint; undefined = it does not matter. */
  readonly serving: ReadonlySet<string> | undefined;
}

export interface AnnouncingExplanation extends Electorate {
  /** Sorted by node name; empty when the decision fell before nodes were compared. */
  readonly excluded: readonly ExcludedNode[];
  readonly refusal: AnnouncingRefusal | undefined;
}

/** MetalLB's rules, with membership, and the exclusion that is suspended for the last one standing. */
export const USUAL_ELECTORATE_RULES: ElectorateRules = { ...USUAL_NODE_RULES, strictExclusion: false };

/**
 * Says of one Service who may announce it, who may not and why, and when nobody may, why that is. The same function that
 * the agents decide by, so what is reported cannot differ from what is done.
 */
export function explainAnnouncing(
  subject: AnnouncingSubject,
  nodes: readonly NodeResource[],
  rules: ElectorateRules = USUAL_ELECTORATE_RULES,
): AnnouncingExplanation {
  const grounds = settleAnnouncing(subject);
  if (!grounds.ok) return { candidates: [], suspended: [], excluded: [], refusal: grounds.error };
  const { advertisements, serving } = grounds.value;
  const standings = standNodes(nodes, advertisements, rules);
  const electorate = electorateOf(standings, serving, rules);
  const excluded = excludedNodes(standings, electorate);
  const isNobody = electorate.candidates.length === 0;
  return { ...electorate, excluded, refusal: isNobody ? whyNobody(excluded) : undefined };
}

/**
 * Goes through what has to be true of a Service before nodes are compared, in the reference's order (metallb.md, sections
 * 4.1 and 4.2): nothing in here depends on which node asks, so that all come to the same electorate.
 */
export function settleAnnouncing({
  service,
  slices,
  pool,
}: AnnouncingSubject): Result<AnnouncingGrounds, AnnouncingRefusal> {
  const settled = settleAddresses(service);
  if (!settled.ok) return settled;
  if (pool === undefined) return refuse("no-pool", "an address of the Service lies in no pool in force");
  const serving = servingNodes(slices);
  if (!serving.anywhere) return refuse("no-endpoint", "no endpoint of the Service can serve");
  const advertisements = advertisementsFor(pool, service);
  const shared = whySharingForbids(service, advertisements);
  if (shared !== undefined) return refuse("shared-with-service-selector", shared);
  if (advertisements.length === 0) return err(whyNoAdvertisement(pool));
  const isLocal = service.spec.externalTrafficPolicy === "Local";
  return ok({ ...settled.value, pool, advertisements, serving: isLocal ? serving.nodes : undefined });
}

/** What has to be true of a Service's addresses, whichever protocol announces them (reference metallb.md, section 4.1). */
export function settleAddresses(
  service: ServiceResource,
): Result<Pick<AnnouncingGrounds, "addresses" | "first">, AnnouncingRefusal> {
  if (service.metadata.deletionTimestamp !== undefined)
    return refuse("deleted", "the Service is being deleted");
  const { addresses, unparsable } = heldAddresses(service);
  if (unparsable.length > 0) {
    return refuse("invalid-address", `the status names ${unparsable.join(", ")}, which is no address`);
  }
  const [first] = addresses;
  if (first === undefined) return refuse("no-address", "the Service has no address yet");
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

function whyNoAdvertisement({ name, l2Advertisements }: AnnouncingGrounds["pool"]): AnnouncingRefusal {
  if (l2Advertisements.length === 0) {
    return { reason: "no-advertisement", because: `no L2Advertisement selects the pool ${name}` };
  }
  const names = l2Advertisements.map((advertisement) => advertisement.name).join(", ");
  return {
    reason: "advertisement-selects-others",
    because: `the labels of the Service match no L2Advertisement of the pool ${name} (${names})`,
  };
}

/** A sentence nobody reads to its end helps nobody. */
const mostNodesNamed = 10;

/** When nodes were compared and none was left. */
export function whyNobody(excluded: readonly ExcludedNode[]): AnnouncingRefusal {
  if (excluded.length === 0) return { reason: "no-candidate", because: "the cluster has no nodes" };
  const named = excluded.slice(0, mostNodesNamed).map(({ node, because }) => `${node} ${because}`);
  const rest = excluded.length - named.length;
  const more = rest === 0 ? "" : `, and ${rest} more`;
  return { reason: "no-candidate", because: `no node may announce it: ${named.join(", ")}${more}` };
}

/** What to say of a rule that is suspended, without the Service's name. */
export function whySuspended(suspended: readonly ExcludedNode[]): string {
  const named = suspended.slice(0, mostNodesNamed).map(({ node, because }) => `${node} ${because}`);
  const rest = suspended.length - named.length;
  return `${named.join(", ")}${rest === 0 ? "" : ` (and ${rest} more)`}, but no other node that is Ready may announce it`;
}

function refuse(reason: RefusalReason, because: string): Result<never, AnnouncingRefusal> {
  return err({ reason, because });
}
