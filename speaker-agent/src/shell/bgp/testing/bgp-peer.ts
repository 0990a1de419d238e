import { type BgpPeer } from "@steelyard/model/config";
import { bgpPeer as barePeer } from "../../../core/desired/testing/cluster.ts";
import { ip } from "../../../core/wire/testing/ip.ts";

/** A BGPPeer with nothing but what it must have: another AS, one hop away. */
export function bgpPeer(changes: Partial<BgpPeer> = {}): BgpPeer {
  const endpoint = { by: "address", address: ip("192.0.2.1") } as const;
  return barePeer("tor", { myAsn: 65_000, peerAsn: 65_010, endpoint, ...changes });
}
