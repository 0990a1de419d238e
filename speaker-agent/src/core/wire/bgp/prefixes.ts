import { ADDRESS_BITS, type IpFamily, type IpPrefix, ipPrefix } from "@steelyard/model/address";
import { type ByteWriter } from "@steelyard/model/foundation";
import { addressWords, readIpv4, readIpv6 } from "../address-bytes.ts";

/** Bytes that a prefix takes in a message: its length in bits, and as much of its network as that covers. */
export function encodedPrefixLength(prefix: IpPrefix): number {
  return 1 + networkBytes(prefix.length);
}

/** RFC 4271, section 4.3; undefined when a length is beyond the family or the last prefix is cut short. */
export function decodePrefixes(bytes: Uint8Array, family: IpFamily): readonly IpPrefix[] | undefined {
  const prefixes: IpPrefix[] = [];
  for (let offset = 0; offset < bytes.length;) {
    const length = bytes[offset] ?? 0;
    const end = offset + 1 + networkBytes(length);
    if (length > ADDRESS_BITS[family] || end > bytes.length) return undefined;
    prefixes.push(prefixAt(bytes.subarray(offset + 1, end), family, length));
    offset = end;
  }
  return prefixes;
}

export function writePrefixes(writer: ByteWriter, prefixes: readonly IpPrefix[]): void {
  for (const { network, length } of prefixes) {
    writer.u8(length);
    const words = addressWords(network);
    for (let index = 0; index < networkBytes(length); index++)
      writer.u8(((words[index >> 2] ?? 0) >>> (24 - 8 * (index & 3))) & 0xff);
  }
}

function networkBytes(length: number): number {
  return Math.ceil(length / 8);
}

/** Bits behind the length mean nothing (RFC 4271, section 4.3), and are cleared. */
function prefixAt(network: Uint8Array, family: IpFamily, length: number): IpPrefix {
  const whole = new Uint8Array(ADDRESS_BITS[family] / 8);
  whole.set(network);
  return ipPrefix(family === "IPv4" ? readIpv4(whole, 0) : readIpv6(whole, 0), length);
}
