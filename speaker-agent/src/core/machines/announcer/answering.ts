import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { decodeArp } from "../../wire/arp.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6, type EthernetFrame } from "../../wire/ethernet.ts";
import { decodeIpv6 } from "../../wire/ipv6.ts";
import { isMulticast, UNSPECIFIED } from "../../wire/ipv6-multicast.ts";
import { isGroupMac, macNumber, sameMac } from "../../wire/mac-address.ts";
import { sourceLinkLayerAddress } from "../../wire/ndp-options.ts";
import { decodeNdp } from "../../wire/ndp.ts";
import { advertisementFrame, arpReplyFrame, EVERYONE } from "../../wire/neighbor-frames.ts";
import { type AnsweringTable, type NeighborProtocol } from "./types.ts";

/** A request that concerns us, with the frame that answers it. */
export interface Answer {
  readonly address: IpAddress;
  readonly frame: Uint8Array;
}

/**
 * Answers one frame, or says nothing: foreign and malformed frames are dropped in silence, as both protocols demand.
 * Everything the packet filter checked is checked again, because the filter may be coarse and is always a moment old.
 */
export function answerFrame(
  bytes: Uint8Array,
  protocol: NeighborProtocol,
  table: AnsweringTable,
): Answer | undefined {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok || !isAddressedToUs(ethernet.value, table)) return undefined;
  return protocol === "arp" ? answerArp(ethernet.value, table) : answerSolicitation(ethernet.value, table);
}

function isAddressedToUs({ destination, source }: EthernetFrame, { link, ownMacs }: AnsweringTable): boolean {
  const sender = macNumber(source);
  // Our own announcements come back from a switch that loops, and from an interface on the same segment.
  if (isGroupMac(source) || sender === undefined || ownMacs.has(sender)) return false;
  return isGroupMac(destination) || sameMac(destination, link.mac);
}

/** RFC 826. A probe (sender 0.0.0.0; RFC 5227, section 2.1.1) is answered like any request: it finds the address in use. */
function answerArp(ethernet: EthernetFrame, { link, addresses }: AnsweringTable): Answer | undefined {
  if (ethernet.etherType !== ETHERTYPE_ARP) return undefined;
  const packet = decodeArp(ethernet.payload);
  if (!packet.ok || packet.value.operation !== "request") return undefined;
  // An answer "to" a group address would reach the whole segment.
  if (isGroupMac(packet.value.senderMac)) return undefined;
  const address = addresses.get(packet.value.targetAddress.value);
  return address && { address, frame: arpReplyFrame(packet.value, link.mac) };
}

/** RFC 4861, section 7.2.3 and 7.2.4; a probe for duplicates (RFC 4862, section 5.4.3) is answered to everyone. */
function answerSolicitation(
  ethernet: EthernetFrame,
  { link, addresses }: AnsweringTable,
): Answer | undefined {
  if (ethernet.etherType !== ETHERTYPE_IPV6) return undefined;
  const packet = decodeIpv6(ethernet.payload);
  if (!packet.ok || isMulticast(packet.value.source)) return undefined;
  const message = decodeNdp(packet.value);
  if (!message.ok || message.value.kind !== "solicitation") return undefined;
  const address = addresses.get(message.value.target.value);
  if (address === undefined) return undefined;
  const { source } = packet.value;
  if (sameIpAddress(source, UNSPECIFIED))
    return { address, frame: advertisementFrame(address, link.mac, EVERYONE) };
  // A unicast question may leave its link-layer address out (section 4.3); the frame itself then says where it is from.
  const mac = sourceLinkLayerAddress(message.value.options) ?? ethernet.source;
  if (isGroupMac(mac)) return undefined;
  return { address, frame: advertisementFrame(address, link.mac, { address: source, mac, solicited: true }) };
}
