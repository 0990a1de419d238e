import { type IpAddress } from "@steelyard/model/address";
import { addressWords, readHalf } from "./address-bytes.ts";
import { NEXT_HEADER_ICMPV6 } from "./ipv6.ts";

/**
 * The checksum of an ICMPv6 message (RFC 4443, section 2.3): the one's complement of the one's complement sum over
 * pseudo-header and message. Over a message whose checksum field is right the result is 0.
 */
export function icmpv6Checksum(source: IpAddress, destination: IpAddress, message: Uint8Array): number {
  let sum = message.length + NEXT_HEADER_ICMPV6;
  for (const word of [...addressWords(source), ...addressWords(destination)])
    sum += (word >>> 16) + (word & 0xffff);
  const even = message.length & ~1;
  for (let offset = 0; offset < even; offset += 2) sum += readHalf(message, offset);
  // An odd last byte counts as if a zero byte followed it.
  if (even < message.length) sum += (message[even] ?? 0) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}
