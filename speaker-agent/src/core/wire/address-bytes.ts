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
  const { family, value } = address;
  if (family === "IPv4") return [Number(value)];
  const high = value >> 64n;
  return [highWord(high), lowWord(high), highWord(value), lowWord(value)];
}

function lowWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value));
}

function highWord(value: bigint): number {
  return Number(BigInt.asUintN(32, value >> 32n));
}

/** Puts the 4 or 16 bytes of an address at `offset`; by words, because a shift of a bigint per byte is slow. */
export function writeAddress(bytes: Uint8Array, offset: number, address: IpAddress): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (const [index, word] of addressWords(address).entries()) view.setUint32(offset + 4 * index, word);
}
