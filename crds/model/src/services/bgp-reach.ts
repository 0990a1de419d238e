import { type IpFamily } from "../address/index.ts";
import {
  type BgpAdvertisement,
  type BgpPeer,
  type ConfigProblem,
  contradict,
  oneSessionEach,
} from "../config/index.ts";
import { matchesAny } from "../foundation/index.ts";
import { type NodeResource } from "../resources/index.ts";
import { advertisementCoversNode } from "./advertisements.ts";

/**
 * The routers that a node speaks to, by the node's labels; in the order of `peers`. Of two that would be one session the
 * first one counts.
 */
export function bgpPeersOf(node: NodeResource, peers: readonly BgpPeer[]): readonly BgpPeer[] {
  return oneSessionEach(selectedPeers(node, peers)).peers;
}

/** What is wrong with the others, in this node's view alone. `namespace`: of the configuration. */
export function duplicatePeersOf(
  node: NodeResource,
  peers: readonly BgpPeer[],
  namespace: string,
): readonly ConfigProblem[] {
  const { findings } = oneSessionEach(selectedPeers(node, peers));
  return findings.map(([name, finding]) => ({ ...finding, object: { kind: "BGPPeer", namespace, name } }));
}

function selectedPeers(node: NodeResource, peers: readonly BgpPeer[]): readonly BgpPeer[] {
  return peers.filter(({ nodeSelectors }) => matchesAny(nodeSelectors, node.metadata.labels));
}

/** Of which families its session can carry routes; without a list of both it is that of its address. */
export function familiesOfPeer({ endpoint, dualStackAddressFamily }: BgpPeer): readonly IpFamily[] {
  if (endpoint.by === "interface" || dualStackAddressFamily) return ["IPv4", "IPv6"];
  return [endpoint.address.family];
}

/** To which of its routers a node is to announce what these advertisements are for; in the order of `peers`. */
export function bgpPeersToTell(
  node: NodeResource,
  advertisements: readonly BgpAdvertisement[],
  peers: readonly BgpPeer[],
): readonly BgpPeer[] {
  const covering = advertisements.filter((advertisement) => advertisementCoversNode(advertisement, node));
  return bgpPeersOf(node, peers).filter(({ name }) => {
    return covering.some(
      (advertisement) => advertisement.peers.length === 0 || advertisement.peers.includes(name),
    );
  });
}

/** Two advertisements that contradict each other, of those that meet on a node; undefined = none do. */
export function conflictingAdvertisements(
  advertisements: readonly BgpAdvertisement[],
  families: readonly IpFamily[],
): readonly [BgpAdvertisement, BgpAdvertisement] | undefined {
  for (const [index, one] of advertisements.entries()) {
    const other = advertisements.slice(index + 1).find((next) => contradict(one, next, families));
    if (other !== undefined) return [one, other];
  }
  return undefined;
}
