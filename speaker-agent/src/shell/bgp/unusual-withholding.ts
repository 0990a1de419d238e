import { type BgpPeerStatus } from "./peer-status.ts";

/**
 * The peers without what is usual: where each family has a session of its own, neither is missed in the other one. A family
 * that no peer of this node is configured for is missed in all of them.
 */
export function withoutUsualWithholding(peers: readonly BgpPeerStatus[]): readonly BgpPeerStatus[] {
  const configured = new Set(peers.flatMap(({ families }) => families));
  return peers.map((peer) => {
    const unsendable = peer.rib.unsendable.filter(
      ({ family }) => peer.families.includes(family) || !configured.has(family),
    );
    return { ...peer, rib: { ...peer.rib, unsendable } };
  });
}
