import { type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { ByteWriter } from "@steelyard/model/foundation";
import { writeAddress } from "../address-bytes.ts";
import { encodeAsPath, needsAs4Path } from "./as-path.ts";
import { attributeLength, writeAttribute } from "./attribute-list.ts";
import { ATTRIBUTE, OPTIONAL_NON_TRANSITIVE, OPTIONAL_TRANSITIVE, WELL_KNOWN } from "./attribute-types.ts";
import { encodeCommunities, encodeLargeCommunities } from "./community-attributes.ts";
import { HEADER_LENGTH, MAX_MESSAGE_LENGTH } from "./header.ts";
import { type BgpNextHop, type BgpPathAttributes, type BgpUpdateMessage } from "./messages.ts";
import {
  encodeReach,
  encodeUnreach,
  reachHeadLength,
  UNREACH_HEAD_LENGTH,
} from "./multiprotocol-attributes.ts";
import { writePrefixes } from "./prefixes.ts";

interface AsnWidth {
  readonly fourByteAsn: boolean;
}

const ORIGIN_CODES: Readonly<Record<BgpPathAttributes["origin"], number>> = { igp: 0, egp: 1, incomplete: 2 };
/** Header and the two lengths. */
const EMPTY_UPDATE_LENGTH = HEADER_LENGTH + 4;
/** Of an attribute of more than 255 bytes. */
const LONG_ATTRIBUTE_HEAD = attributeLength(0x100) - 0x100;
const NEXT_HOP_VALUE_LENGTH = 4;

/**
 * Withdrawn routes of IPv4 stand in their own field. Announced ones of IPv4 do so when their next hop is of IPv4 too; with one
 * of IPv6, and for all routes of IPv6, they are an attribute (RFC 4760, RFC 8950), the first one (RFC 7606, section 5.1).
 */
export function encodeUpdate(message: BgpUpdateMessage, options: AsnWidth): Uint8Array {
  const { withdrawn, announced, attributes } = message;
  const isPlain = ({ network }: IpPrefix): boolean => network.family === "IPv4";
  const [plainWithdrawn, otherWithdrawn] = parted(withdrawn, isPlain);
  const nextHop = attributes?.nextHop.address.family;
  const [plainAnnounced, otherAnnounced] = parted(
    announced,
    (prefix) => isPlain(prefix) && nextHop === "IPv4",
  );
  const writer = new ByteWriter(MAX_MESSAGE_LENGTH);
  writeSection(writer, () => writePrefixes(writer, plainWithdrawn));
  writeSection(writer, () => {
    if (attributes !== undefined) writeReach(writer, otherAnnounced, attributes.nextHop);
    writeUnreach(writer, otherWithdrawn, message.endOfRib);
    if (attributes !== undefined)
      writePathAttributes(writer, attributes, { ...options, isPlain: plainAnnounced.length > 0 });
  });
  writePrefixes(writer, plainAnnounced);
  return writer.toBytes();
}

/** How many bytes of prefixes (`encodedPrefixLength`) one UPDATE can announce with these attributes; 0 when there is no room. */
export function roomForAnnounced(family: IpFamily, attributes: BgpPathAttributes, options: AsnWidth): number {
  const isPlain = family === "IPv4" && attributes.nextHop.address.family === "IPv4";
  const writer = new ByteWriter();
  writePathAttributes(writer, attributes, { ...options, isPlain });
  const reachHead = isPlain ? 0 : LONG_ATTRIBUTE_HEAD + reachHeadLength(attributes.nextHop);
  return Math.max(0, MAX_MESSAGE_LENGTH - EMPTY_UPDATE_LENGTH - writer.length - reachHead);
}

/** How many bytes of prefixes (`encodedPrefixLength`) one UPDATE can withdraw. */
export function roomForWithdrawn(family: IpFamily): number {
  const head = family === "IPv4" ? 0 : LONG_ATTRIBUTE_HEAD + UNREACH_HEAD_LENGTH;
  return MAX_MESSAGE_LENGTH - EMPTY_UPDATE_LENGTH - head;
}

/** In the order of their types. A next hop of its own have only plain routes. */
function writePathAttributes(
  writer: ByteWriter,
  attributes: BgpPathAttributes,
  { fourByteAsn, isPlain }: AsnWidth & { readonly isPlain: boolean },
): void {
  const { origin, asPath, nextHop, localPref, communities } = attributes;
  writeAttribute(writer, WELL_KNOWN, ATTRIBUTE.origin, Uint8Array.of(ORIGIN_CODES[origin]));
  writeAttribute(writer, WELL_KNOWN, ATTRIBUTE.asPath, encodeAsPath(asPath, fourByteAsn ? 4 : 2));
  if (isPlain) writeAttribute(writer, WELL_KNOWN, ATTRIBUTE.nextHop, plainNextHop(nextHop));
  if (localPref !== undefined)
    writeAttribute(writer, WELL_KNOWN, ATTRIBUTE.localPref, new ByteWriter(4).u32(localPref).toBytes());
  const standard = encodeCommunities(communities);
  if (standard.length > 0) writeAttribute(writer, OPTIONAL_TRANSITIVE, ATTRIBUTE.communities, standard);
  if (!fourByteAsn && needsAs4Path(asPath))
    writeAttribute(writer, OPTIONAL_TRANSITIVE, ATTRIBUTE.as4Path, encodeAsPath(asPath, 4));
  const large = encodeLargeCommunities(communities);
  if (large.length > 0) writeAttribute(writer, OPTIONAL_TRANSITIVE, ATTRIBUTE.largeCommunities, large);
}

function writeReach(writer: ByteWriter, prefixes: readonly IpPrefix[], nextHop: BgpNextHop): void {
  const family = prefixes[0]?.network.family;
  // Announced are routes of one family: the attribute cannot be there twice.
  if (family !== undefined)
    writeAttribute(
      writer,
      OPTIONAL_NON_TRANSITIVE,
      ATTRIBUTE.mpReach,
      encodeReach(family, nextHop, prefixes),
    );
}

function writeUnreach(
  writer: ByteWriter,
  prefixes: readonly IpPrefix[],
  endOfRib: IpFamily | undefined,
): void {
  if (prefixes.length === 0 && endOfRib !== "IPv6") return;
  writeAttribute(writer, OPTIONAL_NON_TRANSITIVE, ATTRIBUTE.mpUnreach, encodeUnreach("IPv6", prefixes));
}

function plainNextHop({ address }: BgpNextHop): Uint8Array {
  const bytes = new Uint8Array(NEXT_HOP_VALUE_LENGTH);
  writeAddress(bytes, 0, address);
  return bytes;
}

/** A length of two bytes, and as much behind it as `write` writes. */
function writeSection(writer: ByteWriter, write: () => void): void {
  const start = writer.length;
  writer.u16(0);
  write();
  writer.setU16(start, writer.length - start - 2);
}

function parted<T>(values: readonly T[], isFirst: (value: T) => boolean): [readonly T[], readonly T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}
