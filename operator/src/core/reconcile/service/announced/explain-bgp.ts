import { type IpFamily } from "@steelyard/model/address";
import { type BgpAdvertisement } from "@steelyard/model/config";
import { ANNOUNCED_BY_BGP } from "@steelyard/model/resources";
import {
  advertisementCoversNode,
  conflictingAdvertisements,
  electorateOf,
  servingNodes,
  USUAL_ELECTORATE_RULES,
} from "@steelyard/model/services";
import { type BgpAnnouncer, slicesOf } from "../../../surroundings/index.ts";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";
import { explainNoPeer } from "./explain-bgp-peers.ts";
import {
  downSessions,
  explainMuteFamily,
  listSessions,
  noPeerFor,
  sessionsFor,
  sessionsOf,
  withheldSessions,
} from "./explain-bgp-sessions.ts";
import { doubted, explainSuspension, nameCovering, whenStrict } from "./explain-electorate.ts";
import { explainNoEndpoint } from "./explain-endpoints.ts";
import { explainNoNode } from "./explain-nodes.ts";
import { isSuspended } from "./explain-segment.ts";

/** Which routers have a route to the addresses, and from which nodes; which are still without one. */
export function explainRoutes(
  announcers: readonly BgpAnnouncer[],
  advertisements: readonly BgpAdvertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  const isReady = ({ node }: BgpAnnouncer): boolean => facts.isNodeReady(node) !== false;
  const ready = announcers.filter((one) => isReady(one) && facts.whyAgentStopped(one) === undefined);
  const shown = ready.length === 0 ? announcers : ready;
  const has = listAddresses(facts.addresses);
  const routes = describeRoutes(shown);
  const isOne = facts.addresses.length === 1;
  const says = `${has} ${isOne ? "is" : "are"} announced by BGP ${routes}`;
  if (ready.length === 0)
    return (
      explainStopped(says, announcers.filter(isReady), facts) ??
      doubted(
        says,
        announcers.map(({ node }) => `node ${node}`),
      )
    );
  const told = new Set(announcers.flatMap(({ node, peers }) => peers.map((peer) => `${node} ${peer}`)));
  const candidates = candidatesOf(advertisements, facts);
  // A report of a node may be older than that of the Service.
  const down = downSessions(advertisements, candidates, facts).filter(
    ({ node, peer }) => !told.has(`${node} ${peer}`),
  );
  const families = familiesOf(facts);
  const wanted = families.length < 2 ? [] : sessionsOf(advertisements, candidates, facts);
  const mute = explainMuteFamily({ announcers: shown, described: routes, wanted, down }, facts);
  if (mute !== undefined) return mute;
  const lacking = sessionsFor(down, families, facts);
  const note = lacking.length === 0 ? "" : `; not everywhere: ${listSessions(lacking)}`;
  if (!isSuspended(facts)) return say("True", ANNOUNCED_BY_BGP, `${says}${note}`);
  const why = explainSuspension(advertisements, "bgp", facts);
  return say("True", "ExclusionSuspended", `${says}, although it should not: ${why}${note}`);
}

/** Agents that crash leave their reports behind, on nodes that are well. */
function explainStopped(
  says: string,
  [first, ...others]: readonly BgpAnnouncer[],
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  if (first === undefined) return undefined;
  const pod = `its Pod ${first.pod ?? ""} ${facts.whyAgentStopped(first) ?? ""}`;
  const more = others.length === 0 ? "" : `, and so with ${others.length} more`;
  return say(
    "Unknown",
    "AgentNotReady",
    `${says} by the last report, but the agent of node ${first.node} does not run (${pod}${more}), ` +
      "so nobody knows whether that is still true; look at the log of that Pod",
  );
}

/** No router has a route to the addresses: the nearest cause first. */
export function explainNoRoute(
  advertisements: readonly BgpAdvertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict {
  return (
    explainNobodyMay(advertisements, facts) ??
    explainConflict(advertisements, facts) ??
    explainNoPeer(advertisements, candidatesOf(advertisements, facts), facts) ??
    explainNoSession(advertisements, facts) ??
    awaitingAgent(advertisements, facts)
  );
}

/** By the rules that layer 2 has too: no endpoint, no node. */
function explainNobodyMay(
  advertisements: readonly BgpAdvertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const { endpoints } = facts;
  if (endpoints === undefined) return undefined;
  if (!servingNodes(slicesOf(endpoints)).anywhere) return explainNoEndpoint(endpoints, facts);
  return explainNoNode({ kind: "BGPAdvertisement", advertisements, serving: servingOf(facts) }, facts);
}

/** Nodes that may announce because they run an endpoint; undefined = it does not matter, or is not known. */
function servingOf({ service, endpoints }: AnnouncedFacts): ReadonlySet<string> | undefined {
  if (service.spec.externalTrafficPolicy !== "Local" || endpoints === undefined) return undefined;
  return servingNodes(slicesOf(endpoints)).nodes;
}

/** Names of the nodes that are to announce, sorted; undefined = the nodes are not known. */
function candidatesOf(
  advertisements: readonly BgpAdvertisement[],
  facts: AnnouncedFacts,
): readonly string[] | undefined {
  const standings = facts.standings(advertisements, "bgp");
  if (standings === undefined) return undefined;
  const { candidates } = electorateOf(standings, servingOf(facts), USUAL_ELECTORATE_RULES);
  return candidates.map(({ node }) => node);
}

/** An agent does not choose between two local preferences: where they meet, on every node, nothing is announced. */
function explainConflict(
  advertisements: readonly BgpAdvertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const candidates = candidatesOf(advertisements, facts);
  const nodes = facts.nodes();
  if (advertisements.length < 2 || candidates === undefined || nodes === undefined) return undefined;
  const families = familiesOf(facts);
  const conflicts = candidates.map((name) => {
    const node = nodes.get(name);
    const covering = advertisements.filter((one) => node && advertisementCoversNode(one, node));
    return conflictingAdvertisements(covering, families);
  });
  const [first] = conflicts;
  if (first === undefined || conflicts.includes(undefined)) return undefined;
  const [one, other] = first;
  return say(
    "False",
    "ConflictingAdvertisements",
    `BGPAdvertisements ${one.name} and ${other.name} want the same route to ${listAddresses(facts.addresses)} with ` +
      `the local preferences ${one.localPref} and ${other.localPref}, so no agent announces it; ` +
      "give both the same spec.localPref, or each its own peers or nodes",
  );
}

function familiesOf({ addresses }: AnnouncedFacts): readonly IpFamily[] {
  return [...new Set(addresses.map(({ family }) => family))];
}

/** Every session that would carry a route is down, or does not carry its family. */
function explainNoSession(
  advertisements: readonly BgpAdvertisement[],
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const candidates = candidatesOf(advertisements, facts);
  const families = familiesOf(facts);
  const all = sessionsOf(advertisements, candidates, facts);
  const wanted = sessionsFor(all, families, facts);
  const down = sessionsFor(downSessions(advertisements, candidates, facts), families, facts);
  const withheld = withheldSessions(wanted, families, facts);
  const has = listAddresses(facts.addresses);
  if (all.length === 0 || down.length + withheld.length < wanted.length) return undefined;
  const [family] = families;
  if (wanted.length === 0 && family !== undefined)
    return say("False", "FamilyWithheld", `no router has a route to ${has}: ${noPeerFor(family)}`);
  const why = [down, withheld].filter((list) => list.length > 0).map(listSessions);
  return say(
    "False",
    withheld.length === 0 ? "SessionDown" : "FamilyWithheld",
    `no router has a route to ${has}: ${why.join("; ")}`,
  );
}

function awaitingAgent(advertisements: readonly BgpAdvertisement[], facts: AnnouncedFacts): AnnouncedVerdict {
  const [covering, one] = nameCovering("BGPAdvertisement", advertisements);
  const down = downSessions(advertisements, candidatesOf(advertisements, facts), facts);
  const meanwhile = down.length === 0 ? "" : `; so far ${listSessions(down)}`;
  return say(
    "Unknown",
    "AwaitingAgent",
    `${covering} ${listAddresses(facts.addresses)}, and no agent has reported yet that a router has a route to it; ` +
      `it takes an agent on a Ready node that ${one} selects, and a ready endpoint of the Service` +
      whenStrict(advertisements, "bgp", facts) +
      meanwhile,
  );
}

const mostNames = 5;

/** `from node-a and node-b to tor-1, and from node-c to tor-2`: nodes that speak to the same routers together. */
function describeRoutes(announcers: readonly BgpAnnouncer[]): string {
  const nodesByPeers = new Map<string, Set<string>>();
  for (const { node, peers } of announcers) {
    const to = listNames(peers);
    nodesByPeers.set(to, (nodesByPeers.get(to) ?? new Set()).add(node));
  }
  const clauses = [...nodesByPeers]
    .map(([to, nodes]) => `from ${listNames([...nodes].sort())} to ${to}`)
    .sort();
  const named = clauses.slice(0, mostNames);
  const more = clauses.length - named.length;
  return `${named.join(", and ")}${more > 0 ? `, and in ${more} other ways` : ""}`;
}

function listNames(names: readonly string[]): string {
  const named = names.slice(0, mostNames);
  const more = names.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
}
