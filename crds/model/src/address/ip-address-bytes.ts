import { ADDRESS_BITS, ipAddress } from "./ip-address.ts";
import { type IpAddress } from "./types.ts";

/** The address that 4 or 16 bytes in network order stand for; undefined for any other length. */
export function ipAddressFromBytes(bytes: Uint8Array): IpAddress | undefined {
  if (bytes.length !== 4 && bytes.length !== 16) return undefined;
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return ipAddress(bytes.length === 4 ? "IPv4" : "IPv6", value);
}

/** 4 or 16 bytes in network order; always a new array. */
export function ipAddressToBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(ADDRESS_BITS[address.family] / 8);
  let rest = address.value;
  for (let index = bytes.length - 1; index >= 0; index--) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}
