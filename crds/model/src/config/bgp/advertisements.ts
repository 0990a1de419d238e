import { DEFAULTS, LIMITS } from "../defaults.ts";
import { type DraftSource, type PoolSelection } from "../drafts.ts";
import { type Findings } from "../findings.ts";
import { type ObjectHead } from "../object-head.ts";
import { fieldOf, itemOf, readDistinctTexts, readNumber, readObject, type RawField } from "../raw-fields.ts";
import { readSelectors } from "../selectors.ts";
import { type Aliases } from "./communities.ts";
import { compareCommunities, formatCommunity, parseCommunity } from "./community-value.ts";
import { type BgpAdvertisement, type BgpCommunity } from "./types.ts";

export interface BgpAdvertisementDraft extends PoolSelection {
  readonly source: DraftSource;
  /** Its communities are those of `communities`. */
  readonly advertisement: BgpAdvertisement;
  /** Each text of `spec.communities`, alias or not, with what it stood for last. */
  readonly communities: ReadonlyMap<string, BgpCommunity>;
}

/** What a BGPAdvertisement calls its prefix lengths, by family. */
export const AGGREGATION_FIELDS = { IPv4: "aggregationLength", IPv6: "aggregationLengthV6" } as const;

/**
 * Parses one BGPAdvertisement by itself (reference metallb.md, section 2.4). An absent spec announces everything. With
 * an alias that nobody defines (yet) it is withheld: without a community such as no-export a route would go where it
 * must not.
 */
export function readBgpAdvertisement(
  head: ObjectHead,
  spec: RawField,
  findings: Findings,
  aliases: Aliases,
): BgpAdvertisementDraft {
  const fields = readObject(spec, findings);
  const at = (key: string): RawField => fieldOf(fields, key, spec.path);
  const number = (key: keyof typeof DEFAULTS.bgpAdvertisement): number =>
    readNumber(at(key), LIMITS.bgpAdvertisement[key], findings) ?? DEFAULTS.bgpAdvertisement[key];
  const communities = readCommunities(at("communities"), findings, aliases);
  const advertisement = {
    name: head.name,
    aggregationLength: number("aggregationLength"),
    aggregationLengthV6: number("aggregationLengthV6"),
    localPref: number("localPref"),
    asPathPrepend: number("asPathPrepend"),
    communities: distinctCommunities(communities),
    peers: readDistinctTexts(at("peers"), findings),
    nodeSelectors: readSelectors(at("nodeSelectors"), findings),
    serviceSelectors: readSelectors(at("serviceSelectors"), findings),
  };
  refuseAggregatedServices(advertisement, spec.path, findings);
  const { highest } = LIMITS.bgpAdvertisement.communities;
  const count = advertisement.communities.length;
  if (count > highest) {
    findings.refuse(at("communities").path, `max supported communities is ${highest}, got ${count}`);
  }
  return {
    source: head,
    advertisement,
    communities,
    poolNames: readDistinctTexts(at("ipAddressPools"), findings),
    poolSelectors: readSelectors(at("ipAddressPoolSelectors"), findings),
  };
}

/** The draft of earlier with the aliases of now; one that is not defined any more goes on meaning what it meant. */
export function withAliases(draft: BgpAdvertisementDraft, aliases: Aliases): BgpAdvertisementDraft {
  const entries = [...draft.communities].map(([text, last]) => [text, aliases.get(text) ?? last] as const);
  const communities = new Map(entries);
  const advertisement = { ...draft.advertisement, communities: distinctCommunities(communities) };
  return { ...draft, advertisement, communities };
}

function readCommunities(list: RawField, findings: Findings, aliases: Aliases): Map<string, BgpCommunity> {
  const communities = new Map<string, BgpCommunity>();
  for (const [index, text] of readDistinctTexts(list, findings).entries()) {
    const { path } = itemOf(list, index, text);
    const community = resolveCommunity({ text, path }, findings, aliases);
    if (community) communities.set(text, community);
  }
  return communities;
}

/** The name of an alias wins over its reading as a community (reference metallb.md, section 2.5). */
function resolveCommunity(
  { text, path }: { readonly text: string; readonly path: string },
  findings: Findings,
  aliases: Aliases,
): BgpCommunity | undefined {
  const alias = aliases.get(text);
  if (alias) return alias;
  const parsed = parseCommunity(text);
  if (parsed.ok) return parsed.value;
  const { of, message } = parsed.error;
  const summary = `${message}\ninvalid community ${JSON.stringify(text)} in BGP advertisement`;
  if (of === "value") findings.refuse(path, message);
  else findings.withhold(path, `${message}: no Community in force defines this name`, summary);
  return undefined;
}

function distinctCommunities(communities: ReadonlyMap<string, BgpCommunity>): readonly BgpCommunity[] {
  const distinct = new Map([...communities.values()].map((value) => [formatCommunity(value), value]));
  return [...distinct.values()].sort(compareCommunities);
}

/** An aggregated route attracts the traffic of all Services in it, whichever were selected. */
function refuseAggregatedServices(
  { serviceSelectors, aggregationLength, aggregationLengthV6 }: BgpAdvertisement,
  path: string,
  findings: Findings,
): void {
  const defaults = DEFAULTS.bgpAdvertisement;
  const isAggregated =
    aggregationLength !== defaults.aggregationLength || aggregationLengthV6 !== defaults.aggregationLengthV6;
  if (serviceSelectors.length === 0 || !isAggregated) return;
  const without = `default aggregationLength (${defaults.aggregationLength})`;
  const and = `aggregationLengthV6 (${defaults.aggregationLengthV6})`;
  const message = "serviceSelectors and aggregationLength are mutually exclusive";
  findings.refuse(path, `${message}, can only be used together with ${without} and ${and}`);
}
