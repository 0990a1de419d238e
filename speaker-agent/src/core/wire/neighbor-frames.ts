import { type IpAddress } from "@steelyard/model/address";
import { encodeArp, type ArpPacket } from "./arp.ts";
import { claimOption, type ClaimTrailer, encodeClaimTrailer } from "./claim-trailer.ts";
import { encodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6 } from "./ethernet.ts";
import { ALL_NODES, multicastMac } from "./ipv6-multicast.ts";
import { encodeIpv6 } from "./ipv6.ts";
import { BROADCAST_MAC, type MacAddress } from "./mac-address.ts";
import { encodeNdp } from "./ndp.ts";

const NO_MAC: MacAddress = new Uint8Array(6);

/** The unicast answer to `request` (RFC 826, "Packet Reception"): its sender and target fields change places. */
export function arpReplyFrame(request: ArpPacket, mac: MacAddress, claim?: ClaimTrailer): Uint8Array {
  const reply = {
    operation: "reply",
    senderMac: mac,
    senderAddress: request.targetAddress,
    targetMac: request.senderMac,
    targetAddress: request.senderAddress,
  } as const;
  return arpFrame(request.senderMac, reply, claim);
}

/**
 * Unasked-for ARP in both forms, because receivers differ in which they believe: the announcement of RFC 5227, section
 * 2.3, and a reply. Linux takes the reply for gratuitous only when its target MAC equals its sender MAC, and ignores
 * any other for a second after the last change (reference data-plane.md, section 3).
 */
export function gratuitousArpFrames(
  address: IpAddress,
  mac: MacAddress,
  claim?: ClaimTrailer,
): readonly Uint8Array[] {
  const packet = { senderMac: mac, senderAddress: address, targetAddress: address };
  return [
    arpFrame(BROADCAST_MAC, { ...packet, operation: "request", targetMac: NO_MAC }, claim),
    arpFrame(BROADCAST_MAC, { ...packet, operation: "reply", targetMac: mac }, claim),
  ];
}

/** What tells a whole segment that `address` is at `mac`, by the family of the address. */
export function unaskedFrames(
  address: IpAddress,
  mac: MacAddress,
  claim: ClaimTrailer | undefined,
): readonly Uint8Array[] {
  return address.family === "IPv4"
    ? gratuitousArpFrames(address, mac, claim)
    : [advertisementFrame(address, mac, EVERYONE, claim)];
}

export interface AdvertisementDestination {
  readonly address: IpAddress;
  readonly mac: MacAddress;
  /** Whether this answers a question that had a sender (RFC 4861, section 7.2.4). */
  readonly solicited: boolean;
}

/** Everyone on the link: for probes for duplicates, whose sender has no address yet, and for unasked-for news. */
export const EVERYONE: AdvertisementDestination = {
  address: ALL_NODES,
  mac: multicastMac(ALL_NODES),
  solicited: false,
};

/**
 * A neighbour advertisement for an address the sender owns. Override is always set: section 7.2.4 clears it only for
 * anycast and proxied addresses, and ours is neither: exactly one node owns it, and after a move the new owner's
 * word has to replace what a neighbour remembers of the old one. Sent from the address itself, as its owner would.
 */
export function advertisementFrame(
  target: IpAddress,
  mac: MacAddress,
  to: AdvertisementDestination,
  claim?: ClaimTrailer,
): Uint8Array {
  const packet = encodeNdp(
    {
      kind: "advertisement",
      target,
      router: false,
      solicited: to.solicited,
      override: true,
      options: [{ kind: "target-link-layer-address", mac }, ...(claim ? [claimOption(claim)] : [])],
    },
    target,
    to.address,
  );
  return encodeEthernet({
    destination: to.mac,
    source: mac,
    etherType: ETHERTYPE_IPV6,
    payload: encodeIpv6(packet),
  });
}

/** A whole frame. The claim stands where Ethernet would pad the packet with as many zeros. */
export function arpFrame(destination: MacAddress, packet: ArpPacket, claim?: ClaimTrailer): Uint8Array {
  const arp = encodeArp(packet);
  const trailer = claim && encodeClaimTrailer(claim);
  const payload = new Uint8Array(arp.length + (trailer?.length ?? 0));
  payload.set(arp);
  if (trailer !== undefined) payload.set(trailer, arp.length);
  return encodeEthernet({ destination, source: packet.senderMac, etherType: ETHERTYPE_ARP, payload });
}
