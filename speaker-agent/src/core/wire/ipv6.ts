import { type IpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { readHalf, readIpv6, writeAddress } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";

export const IPV6_HEADER_LENGTH = 40;
export const NEXT_HEADER_ICMPV6 = 58;

/** An IPv6 packet without extension headers (RFC 8200, section 3). Traffic class and flow label are not kept. */
export interface Ipv6Packet {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly hopLimit: number;
  readonly nextHeader: number;
  readonly payload: Uint8Array;
}

/** Decodes the payload of a frame with EtherType 0x86dd; padding behind the stated length is cut off. */
export function decodeIpv6(bytes: Uint8Array): Result<Ipv6Packet, DecodeError> {
  if (bytes.length < IPV6_HEADER_LENGTH)
    return err(decodeError("truncated", "the frame ends inside the IPv6 header"));
  if ((bytes[0] ?? 0) >> 4 !== 6) return err(decodeError("malformed", "the IP version is not 6"));
  const end = IPV6_HEADER_LENGTH + readHalf(bytes, 4);
  if (bytes.length < end) return err(decodeError("truncated", "the frame ends before the IPv6 payload does"));
  return ok({
    nextHeader: bytes[6] ?? 0,
    hopLimit: bytes[7] ?? 0,
    source: readIpv6(bytes, 8),
    destination: readIpv6(bytes, 24),
    payload: bytes.subarray(IPV6_HEADER_LENGTH, end),
  });
}

export function encodeIpv6(packet: Ipv6Packet): Uint8Array {
  const bytes = new Uint8Array(IPV6_HEADER_LENGTH + packet.payload.length);
  bytes[0] = 0x60;
  bytes[4] = packet.payload.length >> 8;
  bytes[5] = packet.payload.length & 0xff;
  bytes[6] = packet.nextHeader;
  bytes[7] = packet.hopLimit;
  writeAddress(bytes, 8, packet.source);
  writeAddress(bytes, 24, packet.destination);
  bytes.set(packet.payload, IPV6_HEADER_LENGTH);
  return bytes;
}
