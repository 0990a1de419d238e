import { type IpAddress } from "@steelyard/model/address";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { icmpv6Checksum } from "./icmpv6-checksum.ts";
import { type Ipv6Packet, NEXT_HEADER_ICMPV6 } from "./ipv6.ts";

/** Routers decrease the hop limit, so 255 proves that the sender is on the link (RFC 4861, section 3.1). */
export const NDP_HOP_LIMIT = 255;

/** What every message of neighbour discovery is checked for (RFC 4861, sections 6.1 and 7.1). */
export function whyNotSound({ hopLimit, source, destination, payload }: Ipv6Packet): DecodeError | undefined {
  if (hopLimit !== NDP_HOP_LIMIT) return decodeError("malformed", "the hop limit is not 255");
  if (icmpv6Checksum(source, destination, payload) !== 0)
    return decodeError("checksum", "the ICMPv6 checksum is wrong");
  return payload[1] === 0 ? undefined : decodeError("malformed", "the ICMPv6 code is not 0");
}

/** The packet around a message, whose checksum is put in. */
export function ndpPacket(payload: Uint8Array, source: IpAddress, destination: IpAddress): Ipv6Packet {
  const view = new DataView(payload.buffer, payload.byteOffset);
  view.setUint16(2, icmpv6Checksum(source, destination, payload));
  return { source, destination, hopLimit: NDP_HOP_LIMIT, nextHeader: NEXT_HEADER_ICMPV6, payload };
}
