import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type ArpPacket, ARP_LENGTH, decodeArp } from "../../wire/arp.ts";
import { claimAmong, type ClaimTrailer, decodeClaimTrailer } from "../../wire/claim-trailer.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6, type EthernetFrame } from "../../wire/ethernet.ts";
import { decodeIpv6 } from "../../wire/ipv6.ts";
import { isMulticast, UNSPECIFIED } from "../../wire/ipv6-multicast.ts";
import { isGroupMac, type MacAddress, macNumber, sameMac } from "../../wire/mac-address.ts";
import { sourceLinkLayerAddress, targetLinkLayerAddress } from "../../wire/ndp-options.ts";
import { decodeNdp, type NeighborAdvertisement, type NeighborSolicitation } from "../../wire/ndp.ts";
import { advertisementFrame, arpReplyFrame, EVERYONE } from "../../wire/neighbor-frames.ts";
import { type NeighborProtocol } from "../neighbor-socket.ts";
import { type AnsweringTable, type DropReason } from "./types.ts";

/** What one frame means to us. */
export type Reading =
  /** A question for us, with the frame that answers it. */
  | { readonly kind: "answer"; readonly address: IpAddress; readonly frame: Uint8Array }
  | ({ readonly kind: "claimed" } & HeardClaim)
  | { readonly kind: "drop"; readonly reason: DropReason };

/** Somebody else says that one of our addresses is theirs, or is about to find out whether they may have it. */
export interface HeardClaim {
  readonly address: IpAddress;
  /** Shares the frame's memory. */
  readonly mac: MacAddress;
  readonly claim: ClaimTrailer | undefined;
  /**
   * `firm`: neighbours are to believe it. `modest`: an advertisement that does not override what they know. `sought`: a
   * probe for an address that we ask about ourselves.
   */
  readonly weight: "firm" | "modest" | "sought";
}

/**
 * Reads one frame; foreign and malformed ones are dropped in silence, as both protocols demand. Everything the packet
 * filter checked is checked again, because the filter may be coarse and is always a moment old.
 */
export function readFrame(bytes: Uint8Array, protocol: NeighborProtocol, table: AnsweringTable): Reading {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) return drop("malformed");
  const { destination, source } = ethernet.value;
  const sender = macNumber(source);
  if (isGroupMac(source) || sender === undefined) return drop("malformed");
  // Our own announcements come back from a switch that loops, and from an interface on the same segment.
  if (table.ownMacs.has(sender)) return drop("own-frame");
  if (!isGroupMac(destination) && !sameMac(destination, table.link.mac)) return drop("other-destination");
  return protocol === "arp" ? readArp(ethernet.value, table) : readNdp(ethernet.value, table);
}

/**
 * RFC 826. A probe (sender 0.0.0.0; RFC 5227, section 2.1.1) is answered like any request: it finds the address in use. A
 * sender with one of our addresses is a conflict, whatever it asks (section 2.4).
 */
function readArp({ etherType, payload }: EthernetFrame, table: AnsweringTable): Reading {
  if (etherType !== ETHERTYPE_ARP) return drop("malformed");
  const packet = decodeArp(payload);
  // An answer "to" a group address would reach the whole segment.
  if (!packet.ok || isGroupMac(packet.value.senderMac)) return drop("malformed");
  const { operation, senderAddress, senderMac, targetAddress } = packet.value;
  const contested = known(table, senderAddress);
  if (contested !== undefined) return claimed(table, contested, senderMac, trailerOf(payload), "firm");
  if (operation !== "request") return drop("not-a-request");
  const answered = table.addresses.get(targetAddress.value);
  if (answered !== undefined) {
    const { address, claim } = answered;
    return {
      kind: "answer",
      address,
      frame: arpReplyFrame(packet.value, table.link.mac, forProbe(packet.value) ? claim : undefined),
    };
  }
  const sought = forProbe(packet.value) ? table.asked.get(targetAddress.value) : undefined;
  if (sought !== undefined) return claimed(table, sought, senderMac, trailerOf(payload), "sought");
  return notAnswered(table, targetAddress);
}

function readNdp(ethernet: EthernetFrame, table: AnsweringTable): Reading {
  if (ethernet.etherType !== ETHERTYPE_IPV6) return drop("malformed");
  const packet = decodeIpv6(ethernet.payload);
  if (!packet.ok || isMulticast(packet.value.source)) return drop("malformed");
  const message = decodeNdp(packet.value);
  if (!message.ok) return drop("malformed");
  return message.value.kind === "advertisement"
    ? readAdvertisement(message.value, ethernet.source, table)
    : readSolicitation(message.value, { mac: ethernet.source, address: packet.value.source }, table);
}

/** RFC 4862, section 5.4.4, while we ask about the address; else what section 2.4 of RFC 5227 says of ARP. */
function readAdvertisement(
  { target, options, override }: NeighborAdvertisement,
  source: MacAddress,
  table: AnsweringTable,
): Reading {
  const contested = known(table, target);
  if (contested === undefined) return drop("not-a-request");
  const mac = targetLinkLayerAddress(options) ?? source;
  return claimed(table, contested, mac, claimAmong(options), override ? "firm" : "modest");
}

/** RFC 4861, section 7.2.3 and 7.2.4; a probe for duplicates (RFC 4862, section 5.4.3) is answered to everyone. */
function readSolicitation(
  { target, options }: NeighborSolicitation,
  from: { readonly mac: MacAddress; readonly address: IpAddress },
  table: AnsweringTable,
): Reading {
  const isProbe = sameIpAddress(from.address, UNSPECIFIED);
  const answered = table.addresses.get(target.value);
  const sought = isProbe ? table.asked.get(target.value) : undefined;
  if (sought !== undefined) return claimed(table, sought, from.mac, claimAmong(options), "sought");
  if (answered === undefined) return notAnswered(table, target);
  const { address, claim } = answered;
  const { mac: ownMac } = table.link;
  if (isProbe)
    return { kind: "answer", address, frame: advertisementFrame(address, ownMac, EVERYONE, claim) };
  // A unicast question may leave its link-layer address out (section 4.3); the frame itself then says where it is from.
  const mac = sourceLinkLayerAddress(options) ?? from.mac;
  if (isGroupMac(mac)) return drop("malformed");
  const to = { address: from.address, mac, solicited: true };
  return { kind: "answer", address, frame: advertisementFrame(address, ownMac, to) };
}

function known({ addresses, asked }: AnsweringTable, { value }: IpAddress): IpAddress | undefined {
  return addresses.get(value)?.address ?? asked.get(value);
}

function claimed(
  { ownMacs }: AnsweringTable,
  address: IpAddress,
  mac: MacAddress,
  claim: ClaimTrailer | undefined,
  weight: HeardClaim["weight"],
): Reading {
  const number = macNumber(mac);
  if (number === undefined || isGroupMac(mac)) return drop("malformed");
  // Somebody repeats what we said, such as a proxy.
  if (ownMacs.has(number)) return drop("own-frame");
  return { kind: "claimed", address, mac, claim, weight };
}

function notAnswered({ anywhere }: AnsweringTable, { value }: IpAddress): Reading {
  return drop(anywhere.has(value) ? "wrong-interface" : "not-ours");
}

/** A sender without address asks whether the target is taken (RFC 5227, section 2.1.1). */
function forProbe({ senderAddress }: ArpPacket): boolean {
  return senderAddress.value === 0n;
}

function trailerOf(payload: Uint8Array): ClaimTrailer | undefined {
  const trailer = decodeClaimTrailer(payload.subarray(ARP_LENGTH));
  return trailer.ok ? trailer.value : undefined;
}

function drop(reason: DropReason): Reading {
  return { kind: "drop", reason };
}
