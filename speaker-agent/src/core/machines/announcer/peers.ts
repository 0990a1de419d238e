import { macNumber, type MacAddress } from "../../wire/mac-address.ts";
import { type ClaimTrailer } from "../../wire/claim-trailer.ts";
import { type Peer, type PeerTable } from "./types.ts";

export function peerTable(peers: readonly Peer[]): PeerTable {
  const byMac = new Map<number, string>();
  const byNameHash = new Map<string, string>();
  for (const { node, macs, nameHash } of peers) {
    byNameHash.set(hexOf(nameHash), node);
    for (const mac of macs) {
      const number = macNumber(mac);
      if (number !== undefined) byMac.set(number, node);
    }
  }
  return { byMac, byNameHash };
}

/** Who said something about an address. */
export interface Claimant {
  /** Whether it is an agent of ours: by its MAC, or by a claim, which nobody else sends. */
  readonly isOurs: boolean;
  /** Undefined = a stranger, or an agent whose node is not known yet. */
  readonly node: string | undefined;
}

export function claimantOf(
  { byMac, byNameHash }: PeerTable,
  mac: MacAddress,
  claim: ClaimTrailer | undefined,
): Claimant {
  const number = macNumber(mac);
  const byClaim = claim && byNameHash.get(hexOf(claim.nameHash));
  const node = byClaim ?? (number === undefined ? undefined : byMac.get(number));
  return { isOurs: node !== undefined || claim !== undefined, node };
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
