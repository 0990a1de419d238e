import { MOST_LINKS } from "../../interfaces/capability.ts";
import { macNumber, type MacAddress } from "../../wire/mac-address.ts";
import { type ClaimTrailer } from "../../wire/claim-trailer.ts";
import { type Peer, type PeerTable } from "./types.ts";

export function peerTable(peers: readonly Peer[]): PeerTable {
  const byMac = new Map<number, string>();
  const byNameHash = new Map<string, Peer>();
  for (const peer of peers) {
    byNameHash.set(hexOf(peer.nameHash), peer);
    for (const mac of peer.macs) {
      const number = macNumber(mac);
      if (number !== undefined) byMac.set(number, peer.node);
    }
  }
  return { byMac, byNameHash };
}

/**
 * The node of ours that said something about an address; undefined = a stranger. A claim alone makes nobody one of ours:
 * another cluster on the segment, whose pools overlap with these, sends claims as well, and a forger could. Its name has
 * to be one of ours, and its MAC one of that node's, as far as they are known.
 */
export function claimantOf(
  { byMac, byNameHash }: PeerTable,
  mac: MacAddress,
  claim: ClaimTrailer | undefined,
): string | undefined {
  const node = byMac.get(macNumber(mac) ?? -1);
  if (claim === undefined) return node;
  const claimant = byNameHash.get(hexOf(claim.nameHash));
  if (claimant === undefined || claimant.node === node) return claimant?.node;
  // Of a node that has more interfaces than it tells of, any MAC may be.
  return node === undefined && !knowsAllMacs(claimant) ? claimant.node : undefined;
}

function knowsAllMacs({ macs }: Peer): boolean {
  return macs.length > 0 && macs.length < MOST_LINKS;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
