import { sameIpAddress, type IpAddress } from "../../address/index.ts";
import { type Finding } from "../findings.ts";
import { type Pool } from "../types.ts";
import { surelyShareNode } from "./node-overlap.ts";
import { type BgpPeerDraft, peerIdentifier } from "./peers.ts";
import { type BfdProfile, type BgpPeer } from "./types.ts";

/**
 * Two peers that would be one and the same session on some node: same router, port, VRF and source. MetalLB's FRR modes
 * refuse the same router in general (reference metallb.md, section 2.3); what else they want to be equal for all peers,
 * router identifiers and AS numbers, may differ here.
 */
export function peerClashes({ peer }: BgpPeerDraft, { peer: other }: BgpPeerDraft): readonly Finding[] {
  const isClash = isSameSession(peer, other) && surelyShareNode(peer.nodeSelectors, other.nodeSelectors);
  return isClash ? [clashOf(peer, other, "from the same nodes")] : [];
}

/**
 * Of the peers of one node those that each have a session of their own, and what is wrong with the others: whether two
 * lists of selectors select the same node shows at the node, when its labels change.
 *
 * @param peers in the order in which they go before each other
 */
export function oneSessionEach(peers: readonly BgpPeer[]): {
  readonly peers: readonly BgpPeer[];
  readonly findings: readonly (readonly [peer: string, Finding])[];
} {
  const kept: BgpPeer[] = [];
  const findings: (readonly [string, Finding])[] = [];
  for (const peer of peers) {
    const other = kept.find((one) => isSameSession(peer, one));
    if (other === undefined) kept.push(peer);
    else findings.push([peer.name, clashOf(peer, other, "from this node")]);
  }
  return { peers: findings.length === 0 ? peers : kept, findings };
}

function clashOf(peer: BgpPeer, other: BgpPeer, where: string): Finding {
  const path = peer.endpoint.by === "address" ? "spec.peerAddress" : "spec.interface";
  const taken = `peer ${peerIdentifier(peer)} already exists`;
  const message = `${taken}: BGPPeer ${JSON.stringify(other.name)} has the same session ${where}`;
  const summary = `${taken}, FRR mode doesn't support duplicate BGPPeers selecting the same node`;
  return { kind: "wrong", path, message, summary };
}

/** A BFDProfile that is not there (yet): the session does without, or goes on with what the profile said last. */
export function danglingProfile(
  { bfdProfile, peer }: BgpPeerDraft,
  profiles: ReadonlyMap<string, BfdProfile>,
): readonly Finding[] {
  if (bfdProfile === undefined || profiles.has(bfdProfile)) return [];
  const meanwhile = peer.bfd ? "its last known form stays in use" : "the session does without BFD";
  const message = `there is no BFDProfile ${JSON.stringify(bfdProfile)} in force: ${meanwhile}`;
  const summary = `peer ${peer.name} referencing non existing bfd profile ${bfdProfile}`;
  return [{ kind: "incomplete", path: "spec.bfdProfile", message, summary }];
}

/**
 * Echo packets exist for IPv4 only, and MetalLB refuses them for whoever may be told of IPv6 addresses (reference
 * metallb.md, section 2.6). The session then uses BFD without them.
 */
export function echoWithIpv6(peer: BgpPeer, pools: readonly Pool[]): readonly Finding[] {
  if (!peer.bfd?.echoMode) return [];
  const pool = pools.find(
    (one) => isIpv6(one) && one.bgpAdvertisements.some((ad) => reaches(ad.peers, peer)),
  );
  if (!pool) return [];
  const what = `bfd echo mode of BFDProfile ${JSON.stringify(peer.bfd.name)} is not possible with IPv6`;
  const message = `${what}, and pool ${JSON.stringify(pool.name)} has IPv6 addresses: BFD does without echo`;
  return [{ kind: "wrong", path: "spec.bfdProfile", message }];
}

export function withoutEcho(peer: BgpPeer): BgpPeer {
  return peer.bfd ? { ...peer, bfd: { ...peer.bfd, echoMode: false } } : peer;
}

function isIpv6({ ranges }: Pool): boolean {
  return ranges.some(({ family }) => family === "IPv6");
}

function reaches(peers: readonly string[], { name }: BgpPeer): boolean {
  return peers.length === 0 || peers.includes(name);
}

function isSameSession(a: BgpPeer, b: BgpPeer): boolean {
  return (
    peerIdentifier(a) === peerIdentifier(b) &&
    a.endpoint.by === b.endpoint.by &&
    a.port === b.port &&
    isSame(a.sourceAddress, b.sourceAddress)
  );
}

function isSame(a: IpAddress | undefined, b: IpAddress | undefined): boolean {
  return a && b ? sameIpAddress(a, b) : a === b;
}
