import { type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { ByteReader, ByteWriter } from "@steelyard/model/foundation";
import { readIpv4, readIpv6, writeAddress } from "../address-bytes.ts";
import { afiOf, familyOf, SAFI_UNICAST } from "./families.ts";
import { type BgpNextHop } from "./messages.ts";
import { decodePrefixes, writePrefixes } from "./prefixes.ts";

/** AFI 2, SAFI 1: how both attributes begin. */
export const UNREACH_HEAD_LENGTH = 3;

export interface Reach {
  readonly kind: "reach";
  readonly family: IpFamily;
  readonly nextHop: BgpNextHop;
  readonly prefixes: readonly IpPrefix[];
}

export interface Unreach {
  readonly kind: "unreach";
  readonly family: IpFamily;
  readonly prefixes: readonly IpPrefix[];
}

/** Routes of a family that we do not speak of. */
export interface ForeignFamily {
  readonly kind: "foreign-family";
}

const FOREIGN: ForeignFamily = { kind: "foreign-family" };

/**
 * MP_REACH_NLRI: family, length of the next hop 1, next hop, reserved 1, prefixes (RFC 4760, section 3). Next hops of IPv6 are
 * of 16 or 32 bytes, for routes of IPv4 too (RFC 2545, section 3; RFC 8950, section 3). Undefined when malformed.
 */
export function decodeReach(value: Uint8Array): Reach | ForeignFamily | undefined {
  const reader = new ByteReader(value);
  const afi = reader.u16();
  const safi = reader.u8();
  const nextHopBytes = reader.bytes(reader.u8() ?? Number.NaN);
  if (afi === undefined || safi === undefined || nextHopBytes === undefined || !reader.skip(1))
    return undefined;
  const family = familyOf(afi, safi);
  if (family === undefined) return FOREIGN;
  const nextHop = nextHopOf(nextHopBytes, family);
  const prefixes = decodePrefixes(reader.rest(), family);
  return nextHop && prefixes && { kind: "reach", family, nextHop, prefixes };
}

/** MP_UNREACH_NLRI: family, prefixes (RFC 4760, section 4). Undefined when malformed. */
export function decodeUnreach(value: Uint8Array): Unreach | ForeignFamily | undefined {
  const reader = new ByteReader(value);
  const afi = reader.u16();
  const safi = reader.u8();
  if (afi === undefined || safi === undefined) return undefined;
  const family = familyOf(afi, safi);
  if (family === undefined) return FOREIGN;
  const prefixes = decodePrefixes(reader.rest(), family);
  return prefixes && { kind: "unreach", family, prefixes };
}

export function encodeReach(
  family: IpFamily,
  nextHop: BgpNextHop,
  prefixes: readonly IpPrefix[],
): Uint8Array {
  const addresses =
    nextHop.linkLocal === undefined ? [nextHop.address] : [nextHop.address, nextHop.linkLocal];
  const length = nextHopLength(nextHop);
  const bytes = new Uint8Array(length);
  for (const [index, address] of addresses.entries()) writeAddress(bytes, 16 * index, address);
  const writer = new ByteWriter().u16(afiOf(family)).u8(SAFI_UNICAST).u8(length).bytes(bytes).u8(0);
  writePrefixes(writer, prefixes);
  return writer.toBytes();
}

export function encodeUnreach(family: IpFamily, prefixes: readonly IpPrefix[]): Uint8Array {
  const writer = new ByteWriter().u16(afiOf(family)).u8(SAFI_UNICAST);
  writePrefixes(writer, prefixes);
  return writer.toBytes();
}

/** Bytes of MP_REACH_NLRI's value before its prefixes. */
export function reachHeadLength(nextHop: BgpNextHop): number {
  return UNREACH_HEAD_LENGTH + 1 + nextHopLength(nextHop) + 1;
}

function nextHopLength({ address, linkLocal }: BgpNextHop): number {
  if (address.family === "IPv4") return 4;
  return linkLocal === undefined ? 16 : 32;
}

function nextHopOf(bytes: Uint8Array, family: IpFamily): BgpNextHop | undefined {
  if (bytes.length === 4 && family === "IPv4") return { address: readIpv4(bytes, 0) };
  if (bytes.length === 16) return { address: readIpv6(bytes, 0) };
  return bytes.length === 32 ? { address: readIpv6(bytes, 0), linkLocal: readIpv6(bytes, 16) } : undefined;
}
