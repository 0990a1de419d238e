import { type IpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { readHalf, readIpv4, writeAddress } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";

const IPV4_HEADER_LENGTH = 20;
const UDP_HEADER_LENGTH = 8;
const PROTOCOL_UDP = 17;

/** Version 4 and a header of five words: without options. */
const VERSION_AND_LENGTH = 0x45;
/** More fragments, and the offset of this one (RFC 791). */
const FRAGMENT_BITS = 0x3fff;
const INTERNET_CONTROL = 0xc0;

/** A UDP datagram in an IPv4 packet that is neither cut nor has options (RFC 791, RFC 768). */
export interface Ipv4Datagram {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Uint8Array;
}

/** Decodes the payload of a frame with EtherType 0x0800. Checksums are not checked: the payload is judged by what it says. */
export function decodeIpv4Datagram(bytes: Uint8Array): Result<Ipv4Datagram, DecodeError> {
  const start = IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH;
  if (bytes.length < start) return err(decodeError("truncated", "the frame ends inside the UDP header"));
  if (bytes[0] !== VERSION_AND_LENGTH) return err(decodeError("foreign", "not IPv4 without options"));
  if (bytes[9] !== PROTOCOL_UDP || (readHalf(bytes, 6) & FRAGMENT_BITS) !== 0)
    return err(decodeError("foreign", "not a whole UDP datagram"));
  const end = IPV4_HEADER_LENGTH + readHalf(bytes, 24);
  if (end < start || end > bytes.length)
    return err(decodeError("malformed", "the UDP length is not that of the frame"));
  return ok({
    ttl: bytes[8] ?? 0,
    source: readIpv4(bytes, 12),
    destination: readIpv4(bytes, 16),
    sourcePort: readHalf(bytes, 20),
    destinationPort: readHalf(bytes, 22),
    payload: bytes.subarray(start, end),
  });
}

/** With class of internet control, and without UDP checksum, which IPv4 leaves to the sender. */
export function encodeIpv4Datagram(datagram: Ipv4Datagram): Uint8Array {
  const udpLength = UDP_HEADER_LENGTH + datagram.payload.length;
  const bytes = new Uint8Array(IPV4_HEADER_LENGTH + udpLength);
  const view = new DataView(bytes.buffer);
  bytes.set([VERSION_AND_LENGTH, INTERNET_CONTROL]);
  view.setUint16(2, bytes.length);
  bytes.set([datagram.ttl, PROTOCOL_UDP], 8);
  writeAddress(bytes, 12, datagram.source);
  writeAddress(bytes, 16, datagram.destination);
  view.setUint16(10, headerChecksum(bytes));
  view.setUint16(20, datagram.sourcePort);
  view.setUint16(22, datagram.destinationPort);
  view.setUint16(24, udpLength);
  bytes.set(datagram.payload, IPV4_HEADER_LENGTH + UDP_HEADER_LENGTH);
  return bytes;
}

/** RFC 791: over a header whose checksum is right the result is 0. */
export function headerChecksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let offset = 0; offset < IPV4_HEADER_LENGTH; offset += 2) sum += readHalf(bytes, offset);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
