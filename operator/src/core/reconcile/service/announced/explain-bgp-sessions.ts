import { type IpFamily } from "@steelyard/model/address";
import { type BgpAdvertisement } from "@steelyard/model/config";
import { bgpPeersToTell } from "@steelyard/model/services";
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

/** Those that are established, and carry none of these families. */
export function withheldSessions(
  sessions: readonly Session[],
  families: readonly IpFamily[],
  { bgpReports }: AnnouncedFacts,
): readonly TroubledSession[] {
  return sessions.flatMap(({ node, peer }) => {
    const withheld = bgpReports.get(node)?.withheld[peer];
    const reasons = families.flatMap((family) => withheld?.families[family] ?? []);
    if (withheld === undefined || reasons.length < families.length) return [];
    const what = families.join(" and ");
    const why = [...new Set(reasons)].join(", ");
    return [{ node, peer, trouble: `a session with ${peer} (${withheld.router}) without ${what}: ${why}` }];
  });
}

/** Of two addresses one may be of a family that no session carries. */
export function explainWithheldPart(
  announcers: readonly BgpAnnouncer[],
  routes: string,
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  if (facts.bgpReports.size === 0) return undefined;
  const sessions = announcers.flatMap(({ node, peers }) => peers.map((peer) => ({ node, peer })));
  const isMute = (family: IpFamily): boolean =>
    withheldSessions(sessions, [family], facts).length === sessions.length;
  const mute = facts.addresses.filter(({ family }) => isMute(family));
  const [first] = mute;
  if (first === undefined || mute.length === facts.addresses.length) return undefined;
  const rest = facts.addresses.filter((address) => !mute.includes(address));
  const why = listSessions(withheldSessions(sessions, [first.family], facts));
  return say(
    "False",
    "FamilyWithheld",
    `of ${listAddresses(facts.addresses)} only ${listAddresses(rest)} is announced by BGP ${routes}: ${why}`,
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
