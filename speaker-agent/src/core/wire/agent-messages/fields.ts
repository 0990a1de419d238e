import { type IpAddress } from "@steelyard/model/address";
import { type ByteReader, type ByteWriter } from "@steelyard/model/foundation";
import { EPOCH_SPAN } from "../../election/claim.ts";
import { readIpv4, readIpv6, writeAddress } from "../address-bytes.ts";

/** Longer than any name that Kubernetes accepts for a node (a DNS subdomain, 253 characters). */
export const LONGEST_NAME = 253;

/** A name of printable ASCII, as those of nodes and interfaces are, behind a byte with its length. */
export function writeName(writer: ByteWriter, name: string): void {
  const bytes = new Uint8Array(Math.min(name.length, LONGEST_NAME));
  // Other characters do not occur; one that did would be read back as malformed and not as somebody else's name.
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = Math.min(0xff, name.charCodeAt(index));
  writer.u8(bytes.length).bytes(bytes);
}

/** Undefined when too few bytes are left, or they are no name. */
export function readName(reader: ByteReader): string | undefined {
  const length = reader.u8();
  if (length === undefined || length === 0 || length > LONGEST_NAME) return undefined;
  const bytes = reader.bytes(length);
  if (bytes === undefined || !bytes.every((byte) => byte > 0x20 && byte < 0x7f)) return undefined;
  return String.fromCharCode(...bytes);
}

/** A natural number below 2^48 in groups of seven bits, least significant first. */
export function writeVarint(writer: ByteWriter, value: number): void {
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) writer.u8((rest % 0x80) | 0x80);
  writer.u8(rest);
}

/** Undefined when too few bytes are left, or the number is 2^48 or more. */
export function readVarint(reader: ByteReader): number | undefined {
  let value = 0;
  for (let scale = 1; scale < EPOCH_SPAN; scale *= 0x80) {
    const byte = reader.u8();
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value < EPOCH_SPAN ? value : undefined;
  }
  return undefined;
}

/** How many bytes `writeVarint` takes. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length += 1;
  return length;
}

export function writeIp(writer: ByteWriter, address: IpAddress): void {
  const bytes = new Uint8Array(address.family === "IPv4" ? 4 : 16);
  writeAddress(bytes, 0, address);
  writer.bytes(bytes);
}

export function readIp(reader: ByteReader, isIpv6: boolean): IpAddress | undefined {
  const bytes = reader.bytes(isIpv6 ? 16 : 4);
  return bytes && (isIpv6 ? readIpv6(bytes, 0) : readIpv4(bytes, 0));
}
