import { type IpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeArp } from "./arp.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV6, type EthernetFrame } from "./ethernet.ts";
import { decodeIpv6 } from "./ipv6.ts";
import { isGroupMac, type MacAddress } from "./mac-address.ts";
import { targetLinkLayerAddress } from "./ndp-options.ts";
import { decodeNdp } from "./ndp.ts";

/** "`address` is at `mac`." */
export interface NeighborAnswer {
  readonly address: IpAddress;
  /** Shares the frame's memory. */
  readonly mac: MacAddress;
}

/** Reads an ARP reply or a neighbour advertisement out of a whole frame; whether it was asked for is not known here. */
export function decodeNeighborAnswer(bytes: Uint8Array): Result<NeighborAnswer, DecodeError> {
  const ethernet = decodeEthernet(bytes);
  if (!ethernet.ok) return ethernet;
  const answer = answerIn(ethernet.value);
  if (answer.ok && isGroupMac(answer.value.mac))
    return err(decodeError("malformed", "the answer names a group's MAC"));
  return answer;
}

function answerIn(frame: EthernetFrame): Result<NeighborAnswer, DecodeError> {
  if (frame.etherType === ETHERTYPE_ARP) return arpAnswer(frame);
  if (frame.etherType === ETHERTYPE_IPV6) return ndpAnswer(frame);
  return err(decodeError("foreign", "the frame is neither ARP nor IPv6"));
}

function arpAnswer({ payload }: EthernetFrame): Result<NeighborAnswer, DecodeError> {
  const packet = decodeArp(payload);
  if (!packet.ok) return packet;
  const { operation, senderAddress, senderMac } = packet.value;
  if (operation !== "reply") return err(decodeError("foreign", "the ARP packet is a request"));
  return ok({ address: senderAddress, mac: senderMac });
}

function ndpAnswer({ payload, source }: EthernetFrame): Result<NeighborAnswer, DecodeError> {
  const packet = decodeIpv6(payload);
  const message = packet.ok ? decodeNdp(packet.value) : packet;
  if (!message.ok) return message;
  const { kind, target, options } = message.value;
  if (kind !== "advertisement") return err(decodeError("foreign", "the ICMPv6 message is no advertisement"));
  // The answer to a unicast question may leave its link-layer address out (RFC 4861, section 4.4).
  return ok({ address: target, mac: targetLinkLayerAddress(options) ?? source });
}
