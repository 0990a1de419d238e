import { type IpAddress, prefixRange } from "@steelyard/model/address";
import { type BgpListenerPeer } from "./bgp-connections.ts";

/** Whose connection this is: of those it may be, the one with the longest prefix, as the kernel chooses its key. */
export function bgpListenerPeerAt(
  peers: readonly BgpListenerPeer[],
  address: IpAddress,
  isOn: (name: string) => boolean,
): BgpListenerPeer | undefined {
  return peers
    .filter((peer) => isFrom(peer, address) && (peer.interface === undefined || isOn(peer.interface)))
    .reduce<BgpListenerPeer | undefined>(
      (best, peer) => (best === undefined || peer.from.length > best.from.length ? peer : best),
      undefined,
    );
}

function isFrom({ from }: BgpListenerPeer, address: IpAddress): boolean {
  const { family, first, last } = prefixRange(from);
  return address.family === family && address.value >= first && address.value <= last;
}
