import { type BgpAdvertisement, type ConfigProblem } from "@steelyard/model/config";
import { bgpPeersToTell } from "@steelyard/model/services";
import { listAddresses } from "../allocated-condition.ts";
import { type AnnouncedFacts, type AnnouncedVerdict, say } from "./announced-facts.ts";
import { nameCovering } from "./explain-electorate.ts";

const mostNames = 5;

/**
 * No node that is to announce has a router to tell: there is no BGPPeer, or none that nodes and advertisements agree on.
 *
 * @param candidates names of the nodes that are to announce; undefined = they are not known
 */
export function explainNoPeer(
  advertisements: readonly BgpAdvertisement[],
  candidates: readonly string[] | undefined,
  facts: AnnouncedFacts,
): AnnouncedVerdict | undefined {
  const { bgpPeers } = facts.built.config;
  const nodes = facts.nodes();
  const why =
    bgpPeers.length === 0
      ? `there is no BGPPeer; create one: ${manifestOf(facts)}`
      : candidates && nodes && whyNone(advertisements, candidates, nodes, facts);
  if (why === undefined) return undefined;
  const [covering] = nameCovering("BGPAdvertisement", advertisements);
  const refused = facts.built.problems.find((problem) => isOfRefusedPeer(problem, facts));
  const fault = refused && `; BGPPeer ${refused.object.name} is refused: ${refused.path}: ${refused.message}`;
  const has = listAddresses(facts.addresses);
  return say("False", "NoBgpPeer", `${covering} ${has}, but no router is told of it: ${why}${fault ?? ""}`);
}

function whyNone(
  advertisements: readonly BgpAdvertisement[],
  candidates: readonly string[],
  nodes: NonNullable<ReturnType<AnnouncedFacts["nodes"]>>,
  { built }: AnnouncedFacts,
): string | undefined {
  const { bgpPeers } = built.config;
  const speakers = candidates.flatMap((name) => nodes.get(name) ?? []);
  const tells = (list: readonly BgpAdvertisement[]): boolean =>
    speakers.some((node) => bgpPeersToTell(node, list, bgpPeers).length > 0);
  if (speakers.length === 0 || tells(advertisements)) return undefined;
  const wishes = advertisements.flatMap(({ peers }) => peers);
  const existing = bgpPeers.map(({ name }) => name);
  const isOfLists = tells(advertisements.map((one) => ({ ...one, peers: [] })));
  return isOfLists
    ? `spec.peers names ${listed(wishes)}, and of the nodes that may announce it none speaks to that; the BGPPeers are ${listed(existing)}`
    : `no BGPPeer selects ${listed(candidates)}; widen spec.nodeSelectors of BGPPeer ${existing[0] ?? ""}`;
}

function manifestOf({ configNamespace }: AnnouncedFacts): string {
  return (
    `{apiVersion: metallb.io/v1beta2, kind: BGPPeer, metadata: {name: router, namespace: ${configNamespace}}, ` +
    "spec: {myASN: <your AS number>, peerASN: <the router's>, peerAddress: <its address>}}"
  );
}

function isOfRefusedPeer({ object, kind }: ConfigProblem, { built }: AnnouncedFacts): boolean {
  const isInForce = built.config.bgpPeers.some(({ name }) => name === object.name);
  return object.kind === "BGPPeer" && kind === "wrong" && !isInForce;
}

function listed(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  const more = distinct.length - mostNames;
  return `${distinct.slice(0, mostNames).join(", ")}${more > 0 ? `, and ${more} more` : ""}`;
}
