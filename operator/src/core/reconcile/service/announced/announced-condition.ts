import { type BgpAdvertisement, type L2Advertisement, type Pool } from "@steelyard/model/config";
import { ANNOUNCED_BY_BGP, type Condition } from "@steelyard/model/resources";
import { advertisementsFor, bgpAdvertisementsFor } from "@steelyard/model/services";
import { poolGiving } from "../../../allocator/index.ts";
import { listAddresses, listPoolNames } from "../allocated-condition.ts";
import { allocatedFromPool } from "../ingress.ts";
import { type AnnouncedFacts, type AnnouncedReason, type AnnouncedVerdict, say } from "./announced-facts.ts";
import { explainNoAdvertisement } from "./explain-advertisements.ts";
import { explainNoRoute, explainRoutes } from "./explain-bgp.ts";
import { explainAnswers, explainSilence } from "./explain-layer2.ts";

/**
 * The condition that says who answers for the addresses, or why nobody can: an address that nothing announces is the
 * failure users find hardest to see (users.md, section 1). Every message names the addresses it is about.
 *
 * @returns undefined while it cannot be known: what was said before stands
 */
export function announcedCondition(facts: AnnouncedFacts): AnnouncedVerdict | undefined {
  const [first] = facts.addresses;
  const pool = first && poolGiving(first, facts.built);
  const layer2 = pool && advertisementsFor(pool, facts.service);
  const bgp = pool && bgpAdvertisementsFor(pool, facts.service);
  if (isBgpUnknown(facts) && tellsOfBgp(facts.said)) return undefined;
  if (pool !== undefined && layer2?.length === 0 && bgp?.length === 0)
    return explainNoAdvertisement(pool, facts);
  const [byLayer2, byBgp] = [layer2Verdict(pool, layer2, facts), bgpVerdict(pool, bgp, facts)];
  if (byLayer2 !== undefined && byBgp !== undefined) return together(byLayer2, byBgp);
  const isOfRefused = pool === undefined && facts.l2Statuses !== undefined;
  return byLayer2 ?? byBgp ?? (isOfRefused ? whilePoolIsRefused(facts) : undefined);
}

/** undefined = it is not known, or layer 2 has nothing to do with the Service. */
function layer2Verdict(
  pool: Pool | undefined,
  advertisements: readonly L2Advertisement[] = [],
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const { l2Statuses } = facts;
  if (l2Statuses === undefined) return undefined;
  if (l2Statuses.length > 0) return explainAnswers(l2Statuses, advertisements, facts);
  return pool === undefined || advertisements.length === 0
    ? undefined
    : explainSilence(pool, advertisements, facts);
}

/** The same of BGP. */
function bgpVerdict(
  pool: Pool | undefined,
  advertisements: readonly BgpAdvertisement[] = [],
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const { bgpAnnouncers } = facts;
  if (bgpAnnouncers === undefined) return undefined;
  if (bgpAnnouncers.length > 0) return explainRoutes(bgpAnnouncers, advertisements, facts);
  return pool === undefined || advertisements.length === 0
    ? undefined
    : explainNoRoute(advertisements, facts);
}

/** It is announced when one of the two protocols does; what the other one lacks is a note. */
function together(layer2: AnnouncedVerdict, bgp: AnnouncedVerdict): AnnouncedVerdict {
  if (layer2.status === "True") {
    const note = bgp.status === "True" ? bgp.message : `not by BGP: ${bgp.message}`;
    return { ...layer2, message: `${layer2.message}; ${note}` };
  }
  if (bgp.status === "True")
    return say("True", ANNOUNCED_BY_BGP, `${bgp.message}; not by layer 2: ${layer2.message}`);
  if (layer2.reason === bgp.reason) return layer2;
  return bgp.status === "False" && layer2.status === "Unknown"
    ? { ...bgp, message: `${bgp.message}; by layer 2: ${layer2.message}` }
    : { ...layer2, message: `${layer2.message}; by BGP: ${bgp.message}` };
}

/** Who has just become the leader does not know all of it yet. */
function isBgpUnknown({ knowsBgp, bgpAnnouncers }: AnnouncedFacts): boolean {
  return !knowsBgp || bgpAnnouncers === undefined;
}

const reasonsOfBgp: readonly string[] = [
  ANNOUNCED_BY_BGP,
  "AgentNotReady",
  "ConflictingAdvertisements",
  "NoBgpPeer",
  "SessionDown",
  "FamilyWithheld",
] satisfies readonly AnnouncedReason[];

function tellsOfBgp(said: Condition | undefined): boolean {
  return said !== undefined && (reasonsOfBgp.includes(said.reason) || said.message.includes(" by BGP"));
}

/**
 * What was said when the pool was sound stands, as long as it told of no agent: nothing has changed for the Service. Of a
 * pool that is gone nothing stands.
 */
function whilePoolIsRefused({
  service,
  addresses,
  built,
  said,
}: AnnouncedFacts): AnnouncedVerdict | undefined {
  const has = listAddresses(addresses);
  const { refusedPools } = built;
  const own = allocatedFromPool(service) ?? "";
  const isOwn = refusedPools.has(own);
  if (isOwn && isSaidOfSoundPool(has, said)) return undefined;
  const refused = `${listPoolNames(isOwn ? [own] : [...refusedPools].sort())} refused`;
  return say("Unknown", "PoolRefused", `which advertisement covers ${has} is unknown while ${refused}`);
}

/** What tells of a pool that is not in force, or of an agent that answers. */
const passing: readonly string[] = [
  "PoolRefused",
  "Layer2",
  ANNOUNCED_BY_BGP,
  "ExclusionSuspended",
  "NodeNotReady",
  "AgentNotReady",
  "NobodyAnswers",
  "TwoAnswer",
  "ForeignHost",
] satisfies readonly AnnouncedReason[];

function isSaidOfSoundPool(has: string, said: Condition | undefined): boolean {
  return said !== undefined && !passing.includes(said.reason) && said.message.includes(has);
}
