import { formatIpRange, type IpRange, rangeToPrefixes } from "../../address/index.ts";
import { compareTexts } from "../../foundation/index.ts";
import { type DraftSource } from "../drafts.ts";
import { type Finding } from "../findings.ts";
import { AGGREGATION_FIELDS, type BgpAdvertisementDraft } from "./advertisements.ts";
import { surelyShareNode } from "./node-overlap.ts";
import { type BgpAdvertisement } from "./types.ts";

/** What attaching has to know of a pool. */
export interface PoolRanges {
  readonly name: string;
  readonly ranges: readonly IpRange[];
}

export interface AttachedBgp {
  /** Sorted by name. */
  readonly advertisements: readonly BgpAdvertisement[];
  /** By name of the advertisement, why it does not announce this pool although it selects it. */
  readonly findings: readonly (readonly [advertisement: string, finding: Finding])[];
}

/**
 * Of the advertisements that select a pool, those that can announce it. One whose routes would reach beyond the pool
 * announces nothing of it, and of two that contradict each other the older one does; for other pools nothing changes.
 */
export function attachBgp(pool: PoolRanges, selecting: readonly BgpAdvertisementDraft[]): AttachedBgp {
  const attached: BgpAdvertisementDraft[] = [];
  const findings: (readonly [string, Finding])[] = [];
  for (const draft of [...selecting].sort((a, b) => byAge(a.source, b.source))) {
    const unfit = whyNotFit(draft, pool);
    const clash = attached
      .map((other) => whyNotTogether(draft, other, pool))
      .find((why) => why !== undefined);
    if (unfit.length === 0 && !clash) attached.push(draft);
    for (const finding of [...unfit, ...(clash ? [clash] : [])]) findings.push([draft.source.name, finding]);
  }
  const advertisements = attached.map(({ advertisement }) => advertisement);
  return { advertisements: advertisements.sort((a, b) => compareTexts(a.name, b.name)), findings };
}

/** One finding per family: an entry all of whose CIDRs are narrower than the routes (reference metallb.md, section 2.4). */
export function whyNotFit(draft: BgpAdvertisementDraft, pool: PoolRanges): readonly Finding[] {
  return (["IPv4", "IPv6"] as const).flatMap((family) => {
    const length = draft.advertisement[AGGREGATION_FIELDS[family]];
    const entry = pool.ranges.find((range) => range.family === family && length < widestPrefix(range));
    if (!entry) return [];
    const addresses = `for addresses ${formatIpRange(entry)} of pool ${JSON.stringify(pool.name)}`;
    const narrower = `prefix ${widestPrefix(entry)} in this pool is more specific than the aggregation length`;
    const message = `invalid aggregation length ${length}: ${narrower} ${addresses}`;
    return [{ kind: "wrong", path: `spec.${AGGREGATION_FIELDS[family]}`, message }];
  });
}

/**
 * Why two advertisements of one pool contradict each other: the same route, to the same router, from the same node, with
 * another local preference (reference metallb.md, section 2.4). Where Services are selected it depends on the Service.
 */
export function whyNotTogether(
  { advertisement }: BgpAdvertisementDraft,
  { advertisement: other }: BgpAdvertisementDraft,
  pool: PoolRanges,
): Finding | undefined {
  if (advertisement.localPref === other.localPref) return undefined;
  if (advertisement.serviceSelectors.length > 0 || other.serviceSelectors.length > 0) return undefined;
  if (!haveRoutesInCommon(advertisement, other, pool) || !havePeersInCommon(advertisement, other))
    return undefined;
  if (!surelyShareNode(advertisement.nodeSelectors, other.nodeSelectors)) return undefined;
  const already = `local preference ${other.localPref} was already set for the same type of BGP announcement`;
  const owner = `by BGPAdvertisement ${JSON.stringify(other.name)} for pool ${JSON.stringify(pool.name)}`;
  const message = `invalid local preference ${advertisement.localPref}: ${already} ${owner}`;
  return { kind: "wrong", path: "spec.localPref", message };
}

/** Routes of another length are other routes; in a pool of both families they have to differ in both. */
function haveRoutesInCommon(a: BgpAdvertisement, b: BgpAdvertisement, pool: PoolRanges): boolean {
  const families = new Set(pool.ranges.map(({ family }) => family));
  return [...families].some((family) => a[AGGREGATION_FIELDS[family]] === b[AGGREGATION_FIELDS[family]]);
}

function havePeersInCommon(a: BgpAdvertisement, b: BgpAdvertisement): boolean {
  if (a.peers.length === 0 || b.peers.length === 0) return true;
  return a.peers.some((peer) => b.peers.includes(peer));
}

/** The length of the shortest prefix among the CIDRs that make up the range. */
function widestPrefix(range: IpRange): number {
  return Math.min(...rangeToPrefixes(range).map(({ length }) => length));
}

/** Older ones first, then by name. */
function byAge(a: DraftSource, b: DraftSource): number {
  return compareTexts(a.creationTimestamp, b.creationTimestamp) || compareTexts(a.name, b.name);
}
