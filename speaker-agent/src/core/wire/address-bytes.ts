import { type IpAddress } from "@steelyard/model/address";

/** Reads the four bytes at `offset`, which the caller has checked to be there. */
export function readIpv4(bytes: Uint8Array, offset: number): IpAddress {
  return { family: "IPv4", value: BigInt(readWord(bytes, offset)) };
}

/** Reads the sixteen bytes at `offset`, which the caller has checked to be there. */
export function readIpv6(bytes: Uint8Array, offset: number): IpAddress {
  const high = (BigInt(readWord(bytes, offset)) << 32n) | BigInt(readWord(bytes, offset + 4));
  const low = (BigInt(readWord(bytes, offset + 8)) << 32n) | BigInt(readWord(bytes, offset + 12));
  return { family: "IPv6", value: (high << 64n) | low };
}

/** A 32-bit big-endian number; bytes past the end count as zero. */
export function readWord(bytes: Uint8Array, offset: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = [
    bytes[offset],
    bytes[offset + 1],
    bytes[offset + 2],
    bytes[offset + 3],
  ];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** A 16-bit big-endian number; bytes past the end count as zero. */
export function readHalf(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

/** The 32-bit words of an address, most significant first: one for IPv4, four for IPv6. */
export function addressWords(address: IpAddress): readonly number[] {
  const shifts = address.family === "IPv4" ? [0n] : [96n, 64n, 32n, 0n];
  return shifts.map((shift) => Number((address.value >> shift) & 0xffff_ffffn));
}
