import { formatIpRange, type IpRange, rangeToPrefixes } from "../../address/index.ts";
import { compareTexts } from "../../foundation/index.ts";
import { type DraftSource } from "../drafts.ts";
import { type Finding } from "../findings.ts";
import { AGGREGATION_FIELDS, type BgpAdvertisementDraft } from "./advertisements.ts";
import { contradict } from "./contradict.ts";
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
  if (advertisement.serviceSelectors.length > 0 || other.serviceSelectors.length > 0) return undefined;
  const families = new Set(pool.ranges.map(({ family }) => family));
  if (!contradict(advertisement, other, [...families])) return undefined;
  if (!surelyShareNode(advertisement.nodeSelectors, other.nodeSelectors)) return undefined;
  const already = `local preference ${other.localPref} was already set for the same type of BGP announcement`;
  const owner = `by BGPAdvertisement ${JSON.stringify(other.name)} for pool ${JSON.stringify(pool.name)}`;
  const message = `invalid local preference ${advertisement.localPref}: ${already} ${owner}`;
  return { kind: "wrong", path: "spec.localPref", message };
}

/** The length of the shortest prefix among the CIDRs that make up the range. */
function widestPrefix(range: IpRange): number {
  return Math.min(...rangeToPrefixes(range).map(({ length }) => length));
}

/** Older ones first, then by name. */
function byAge(a: DraftSource, b: DraftSource): number {
  return compareTexts(a.creationTimestamp, b.creationTimestamp) || compareTexts(a.name, b.name);
}
