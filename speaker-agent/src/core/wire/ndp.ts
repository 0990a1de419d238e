import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { readIpv6, readWord, writeAddress } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { isMulticast, solicitedNodeGroup, UNSPECIFIED } from "./ipv6-multicast.ts";
import { type Ipv6Packet, NEXT_HEADER_ICMPV6 } from "./ipv6.ts";
import { decodeNdpOptions, encodeNdpOptions, type NdpOption } from "./ndp-options.ts";
import { ndpPacket, whyNotSound } from "./ndp-packet.ts";

export const TYPE_NEIGHBOR_SOLICITATION = 135;
export const TYPE_NEIGHBOR_ADVERTISEMENT = 136;
/** Type, code, checksum, flags or reserved, target. */
const FIXED_LENGTH = 24;

const ROUTER_FLAG = 0x8000_0000;
const SOLICITED_FLAG = 0x4000_0000;
const OVERRIDE_FLAG = 0x2000_0000;

/** "Who has `target`?" (RFC 4861, section 4.3). */
export interface NeighborSolicitation {
  readonly kind: "solicitation";
  readonly target: IpAddress;
  readonly options: readonly NdpOption[];
}

/** "`target` is at …" (RFC 4861, section 4.4). */
export interface NeighborAdvertisement {
  readonly kind: "advertisement";
  readonly target: IpAddress;
  readonly router: boolean;
  /** An answer to a unicast question, and so a proof of reachability. */
  readonly solicited: boolean;
  /** Replaces a different address in the receiver's cache. */
  readonly override: boolean;
  readonly options: readonly NdpOption[];
}

export type NdpMessage = NeighborSolicitation | NeighborAdvertisement;

/**
 * Decodes and validates a neighbour discovery message (RFC 4861, sections 7.1.1 and 7.1.2). Packets with extension
 * headers in front are foreign: no host sends discovery that way, and the packet filter does not look behind them.
 */
export function decodeNdp(packet: Ipv6Packet): Result<NdpMessage, DecodeError> {
  const { payload } = packet;
  if (packet.nextHeader !== NEXT_HEADER_ICMPV6)
    return err(decodeError("foreign", "the IPv6 packet is not ICMPv6"));
  if (payload.length < FIXED_LENGTH)
    return err(decodeError("truncated", "the ICMPv6 message is shorter than 24 bytes"));
  const kind = kindOf(payload[0]);
  if (kind === undefined) return err(decodeError("foreign", "the ICMPv6 message is not neighbour discovery"));
  const unsound = whyNotSound(packet);
  if (unsound !== undefined) return err(unsound);
  const options = decodeNdpOptions(payload.subarray(FIXED_LENGTH));
  if (!options.ok) return options;
  const message = messageOf(kind, payload, options.value);
  const fault = whyNotValid(message, packet);
  return fault === undefined ? ok(message) : err(decodeError("malformed", fault));
}

/** Builds the IPv6 packet that carries `message`, checksum and hop limit included. */
export function encodeNdp(message: NdpMessage, source: IpAddress, destination: IpAddress): Ipv6Packet {
  const options = encodeNdpOptions(message.options);
  const payload = new Uint8Array(FIXED_LENGTH + options.length);
  payload[0] = message.kind === "solicitation" ? TYPE_NEIGHBOR_SOLICITATION : TYPE_NEIGHBOR_ADVERTISEMENT;
  new DataView(payload.buffer).setUint32(4, flagsOf(message));
  writeAddress(payload, 8, message.target);
  payload.set(options, FIXED_LENGTH);
  return ndpPacket(payload, source, destination);
}

function kindOf(type: number | undefined): NdpMessage["kind"] | undefined {
  if (type === TYPE_NEIGHBOR_SOLICITATION) return "solicitation";
  return type === TYPE_NEIGHBOR_ADVERTISEMENT ? "advertisement" : undefined;
}

function messageOf(kind: NdpMessage["kind"], payload: Uint8Array, options: readonly NdpOption[]): NdpMessage {
  const target = readIpv6(payload, 8);
  if (kind === "solicitation") return { kind, target, options };
  const flags = readWord(payload, 4);
  return {
    kind,
    target,
    router: (flags & ROUTER_FLAG) !== 0,
    solicited: (flags & SOLICITED_FLAG) !== 0,
    override: (flags & OVERRIDE_FLAG) !== 0,
    options,
  };
}

function flagsOf(message: NdpMessage): number {
  if (message.kind === "solicitation") return 0;
  return (
    (message.router ? ROUTER_FLAG : 0) +
    (message.solicited ? SOLICITED_FLAG : 0) +
    (message.override ? OVERRIDE_FLAG : 0)
  );
}

function whyNotValid(message: NdpMessage, packet: Ipv6Packet): string | undefined {
  if (isMulticast(message.target)) return "the target is a multicast address";
  if (message.kind === "advertisement") {
    return message.solicited && isMulticast(packet.destination)
      ? "a solicited answer went to a group"
      : undefined;
  }
  if (!sameIpAddress(packet.source, UNSPECIFIED)) return undefined;
  // What follows is a probe for duplicates (RFC 4862, section 5.4.2).
  if (!sameIpAddress(packet.destination, solicitedNodeGroup(message.target))) {
    return "a probe for duplicates did not go to the solicited-node group";
  }
  const named = message.options.some((option) => option.kind === "source-link-layer-address");
  return named ? "a probe for duplicates names its sender" : undefined;
}
