import { type IpFamily } from "@steelyard/model/address";
import { type BgpAdvertisement } from "@steelyard/model/config";
import { bgpPeersToTell, familiesOfPeer } from "@steelyard/model/services";
import { type BgpAnnouncer } from "../../../surroundings/index.ts";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";

/** One node and one router that is to have a route from it. */
export interface Session {
  readonly node: string;
  /** Name of the BGPPeer. */
  readonly peer: string;
}

/** A session that does not carry what it should: what there is to say of it, without the node. */
export interface TroubledSession extends Session {
  readonly trouble: string;
}

const mostSentences = 3;
const mostNodes = 5;

/** @param candidates names of the nodes that are to announce; undefined = they are not known */
export function sessionsOf(
  advertisements: readonly BgpAdvertisement[],
  candidates: readonly string[] | undefined,
  { nodes, built }: AnnouncedFacts,
): readonly Session[] {
  const known = nodes();
  return (candidates ?? []).flatMap((name) => {
    const node = known?.get(name);
    const peers = node === undefined ? [] : bgpPeersToTell(node, advertisements, built.config.bgpPeers);
    return peers.map((peer) => ({ node: name, peer: peer.name }));
  });
}

/** Those that are not established, of the ones that are to carry a route. */
export function downSessions(
  advertisements: readonly BgpAdvertisement[],
  candidates: readonly string[] | undefined,
  facts: AnnouncedFacts,
): readonly TroubledSession[] {
  // Only nodes with trouble are looked at: as a rule there are none, however many nodes and Services there are.
  const troubled = candidates?.filter((node) => facts.bgpReports.has(node));
  return sessionsOf(advertisements, troubled, facts).flatMap(({ node, peer }) => {
    const down = facts.bgpReports.get(node)?.down[peer];
    if (down === undefined) return [];
    const why = down.because === undefined ? "" : `: ${down.because}`;
    return [{ node, peer, trouble: `no session with ${peer} (${down.router})${why}` }];
  });
}

/** Those that are configured to carry routes of one of these families. */
export function sessionsFor<S extends Session>(
  sessions: readonly S[],
  families: readonly IpFamily[],
  facts: AnnouncedFacts,
): readonly S[] {
  return sessions.filter(({ peer }) => familiesOf(peer, facts).some((family) => families.includes(family)));
}

/** Those that are established, and carry none of these families of which they are configured for some. */
export function withheldSessions(
  sessions: readonly Session[],
  families: readonly IpFamily[],
  facts: AnnouncedFacts,
): readonly TroubledSession[] {
  return sessionsFor(sessions, families, facts).flatMap(({ node, peer }) => {
    const wanted = familiesOf(peer, facts).filter((family) => families.includes(family));
    const withheld = facts.bgpReports.get(node)?.withheld[peer];
    const reasons = wanted.flatMap((family) => withheld?.families[family] ?? []);
    if (withheld === undefined || reasons.length < wanted.length) return [];
    const what = wanted.join(" and ");
    const why = [...new Set(reasons)].join(", ");
    return [{ node, peer, trouble: `a session with ${peer} (${withheld.router}) without ${what}: ${why}` }];
  });
}

/** A peer that is not in force any more may have been for any family. */
function familiesOf(name: string, { built }: AnnouncedFacts): readonly IpFamily[] {
  const peer = built.config.bgpPeers.find((one) => one.name === name);
  return peer === undefined ? ["IPv4", "IPv6"] : familiesOfPeer(peer);
}

/** What is announced of a Service, and what is known of the sessions that are to announce it. */
export interface Routes {
  readonly announcers: readonly BgpAnnouncer[];
  /** The same for people: `from node-a to tor-1`. */
  readonly described: string;
  /** All that are to carry a route. */
  readonly wanted: readonly Session[];
  /** Those of them that are down. */
  readonly down: readonly TroubledSession[];
}

/**
 * Of two addresses one may be of a family that no session carries which has a route: agents report on Services, and not on
 * addresses.
 */
export function explainMuteFamily(
  { announcers, described, wanted, down }: Routes,
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const families = new Set(facts.addresses.map(({ family }) => family));
  const sessions = announcers.flatMap(({ node, peers }) => peers.map((peer) => ({ node, peer })));
  const isMute = (family: IpFamily): boolean => {
    const able = sessionsFor(sessions, [family], facts);
    return withheldSessions(able, [family], facts).length === able.length;
  };
  // With one family the route that is reported is of that one.
  const family = families.size < 2 ? undefined : [...families].find(isMute);
  if (family === undefined) return undefined;
  const rest = facts.addresses.filter((address) => address.family !== family);
  const only = `of ${listAddresses(facts.addresses)} only ${listAddresses(rest)} is announced by BGP ${described}`;
  const expected = sessionsFor(wanted, [family], facts);
  const troubled = [sessionsFor(down, [family], facts), withheldSessions(expected, [family], facts)] as const;
  const why = troubled.filter((list) => list.length > 0).map(listSessions);
  if (wanted.length > 0 && expected.length === 0)
    return say("False", "FamilyWithheld", `${only}: ${noPeerFor(family)}`);
  const [lost, withheld] = troubled;
  if (expected.length === 0 || expected.length > lost.length + withheld.length)
    return say("Unknown", "AwaitingAgent", [`${only} so far`, ...why].join("; "));
  return say("False", lost.length > 0 ? "SessionDown" : "FamilyWithheld", `${only}: ${why.join("; ")}`);
}

/** What to do when the nodes that announce have no session at all that could carry a family. */
export function noPeerFor(family: IpFamily): string {
  return (
    `no BGPPeer of these nodes is for ${family} routes; set spec.dualStackAddressFamily of one, ` +
    `or create one with an ${family} address`
  );
}

/** `node-a and node-b have no session with tor-1 (192.0.2.1): connection refused`; the same trouble once. */
export function listSessions(sessions: readonly TroubledSession[]): string {
  const nodesByTrouble = new Map<string, string[]>();
  for (const { trouble, node } of sessions)
    nodesByTrouble.set(trouble, [...(nodesByTrouble.get(trouble) ?? []), node]);
  const sentences = [...nodesByTrouble].map(([trouble, nodes]) => {
    const named = nodes.slice(0, mostNodes);
    const more = nodes.length - named.length;
    const who = [...named, ...(more > 0 ? [`${more} more`] : [])].join(" and ");
    return `${who} ${nodes.length === 1 ? "has" : "have"} ${trouble}`;
  });
  const more = sentences.length - mostSentences;
  return `${sentences.slice(0, mostSentences).join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}
