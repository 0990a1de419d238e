import { type Pool } from "@steelyard/model/config";
import { type L2Advertisement } from "@steelyard/model/config";
import { compareTexts } from "@steelyard/model/foundation";
import { type Condition, type ServiceL2StatusResource } from "@steelyard/model/resources";
import {
  advertisementsFor,
  electorateOf,
  type ExcludedNode,
  USUAL_ELECTORATE_RULES,
  whySuspended,
} from "@steelyard/model/services";
import { poolGiving } from "../../../allocator/index.ts";
import { listAddresses, listPoolNames } from "../allocated-condition.ts";
import { allocatedFromPool } from "../ingress.ts";
import { type AnnouncedFacts, type AnnouncedReason, type AnnouncedVerdict, say } from "./announced-facts.ts";
import { explainNoAdvertisement } from "./explain-advertisements.ts";
import { explainNobodyMay } from "./explain-nodes.ts";
import {
  explainCheck,
  explainForeignHolder,
  explainNoInterface,
  explainPart,
  isSuspended,
} from "./explain-segment.ts";

/**
 * The condition that says who answers for the addresses, or why nobody can: an address that nothing announces is the
 * failure users find hardest to see (users.md, section 1). Every message names the addresses it is about.
 *
 * @returns undefined while it cannot be known: what was said before stands
 */
export function announcedCondition(facts: AnnouncedFacts): AnnouncedVerdict | undefined {
  const [first] = facts.addresses;
  const pool = first && poolGiving(first, facts.built);
  const advertisements = pool && advertisementsFor(pool, facts.service);
  if (pool !== undefined && advertisements?.length === 0) return explainNoAdvertisement(pool, facts);
  if (facts.l2Statuses === undefined) return undefined;
  if (facts.l2Statuses.length > 0) return answeredBy(facts.l2Statuses, advertisements ?? [], facts);
  if (pool === undefined || advertisements === undefined) return whilePoolIsRefused(facts);
  return explainSilence(pool, advertisements, facts);
}

/** No agent reports that it announces: the nearest cause first, and what only an agent can know before what we can. */
function explainSilence(
  pool: Pool,
  advertisements: readonly L2Advertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  return (
    explainForeignHolder(facts) ??
    explainNobodyMay(pool, facts) ??
    explainNoInterface(facts) ??
    awaitingAgent(advertisements, facts)
  );
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
  return say("Unknown", "PoolRefused", `which L2Advertisement covers ${has} is unknown while ${refused}`);
}

/** What tells of a pool that is not in force, or of an agent that answers. */
const passing: readonly string[] = [
  "PoolRefused",
  "Layer2",
  "ExclusionSuspended",
  "NodeNotReady",
  "NobodyAnswers",
  "TwoAnswer",
  "ForeignHost",
] satisfies readonly AnnouncedReason[];

function isSaidOfSoundPool(has: string, said: Condition | undefined): boolean {
  return said !== undefined && !passing.includes(said.reason) && said.message.includes(has);
}

/** The agents read the addresses out of it: those they do not ask the segment for again. */
function answeredBy(
  statuses: readonly ServiceL2StatusResource[],
  advertisements: readonly L2Advertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  const ready = statuses.filter(({ status }) => facts.isNodeReady(status?.node ?? "") !== false);
  const isDoubtful = ready.length === 0;
  const nodes = [...new Set((isDoubtful ? statuses : ready).map(describeNode))].sort(compareTexts);
  const verb = nodes.length === 1 ? "answers" : "answer";
  const says = `${nodes.join(" and ")} ${verb} for ${listAddresses(facts.addresses)}`;
  const checked = explainCheck(facts, says);
  if (checked !== undefined) return checked;
  if (isDoubtful) return doubted(says, nodes);
  const partly = explainPart(facts, `${nodes.join(" and ")} ${verb}`);
  if (partly !== undefined) return partly;
  if (!isSuspended(facts)) return say("True", "Layer2", says);
  return say(
    "True",
    "ExclusionSuspended",
    `${says}, although it should not: ${explainSuspension(advertisements, facts)}`,
  );
}

function doubted(says: string, nodes: readonly string[]): AnnouncedVerdict {
  const whichIs = nodes.length === 1 ? "that node is" : "those nodes are";
  return say(
    "Unknown",
    "NodeNotReady",
    `${says} by the last report, but ${whichIs} not Ready, so nobody knows whether that is still true; ` +
      "make a node Ready that may announce it",
  );
}

function describeNode({ status }: ServiceL2StatusResource): string {
  const interfaces = (status?.interfaces ?? [])
    .flatMap(({ name }) => (name === undefined ? [] : [name]))
    .sort();
  const where = interfaces.length === 0 ? "every interface" : `interface ${interfaces.join(", ")}`;
  return `node ${status?.node ?? "unknown"} (on ${where})`;
}

function explainSuspension(advertisements: readonly L2Advertisement[], facts: AnnouncedFacts): string {
  const suspended = suspendedNodes(advertisements, facts);
  return suspended.length === 0
    ? "every node that may announce it is excluded by label or taint, so the exclusion is suspended"
    : whySuspended(suspended);
}

function suspendedNodes(
  advertisements: readonly L2Advertisement[],
  { standings }: AnnouncedFacts,
): readonly ExcludedNode[] {
  const known = standings(advertisements);
  return known === undefined ? [] : electorateOf(known, undefined, USUAL_ELECTORATE_RULES).suspended;
}

function awaitingAgent(advertisements: readonly L2Advertisement[], facts: AnnouncedFacts): AnnouncedVerdict {
  const has = listAddresses(facts.addresses);
  const [covering, one] =
    advertisements.length === 1
      ? [`L2Advertisement ${names(advertisements)} covers`, "the advertisement"]
      : [`L2Advertisements ${names(advertisements)} cover`, "one of them"];
  return say(
    "Unknown",
    "AwaitingAgent",
    `${covering} ${has}, and no agent has reported yet that it answers; ` +
      `it takes an agent on a Ready node that ${one} selects, and a ready endpoint of the Service` +
      whenStrict(advertisements, facts),
  );
}

/** How the agents were started is not known here: with --strict-exclude-lb the last one is silent, too. */
function whenStrict(advertisements: readonly L2Advertisement[], facts: AnnouncedFacts): string {
  const [first, ...others] = suspendedNodes(advertisements, facts);
  if (first === undefined) return "";
  const more = others.length === 0 ? "" : `, and ${others.length} more are excluded too`;
  return `; agents with --strict-exclude-lb stay silent, because ${first.node} ${first.because}${more}`;
}

const mostAdvertisements = 5;

function names(advertisements: readonly L2Advertisement[]): string {
  const named = advertisements.slice(0, mostAdvertisements).map(({ name }) => name);
  const more = advertisements.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
}
