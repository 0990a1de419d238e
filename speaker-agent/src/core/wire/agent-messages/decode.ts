import { ADDRESS_BITS, type IpAddress, ipPrefix, type IpPrefix } from "@steelyard/model/address";
import { ByteReader, err, ok, type Result } from "@steelyard/model/foundation";
import { type Claim } from "../../election/claim.ts";
import { type CapableLink, MOST_LINKS, MOST_PREFIXES } from "../../interfaces/capability.ts";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { readIp, readName, readVarint } from "./fields.ts";
import { CAUSES, KINDS, MAGIC, VERSION } from "./format.ts";
import { type AgentMessage } from "./messages.ts";

/**
 * Decodes a user message of the ring. `foreign`: somebody else's, or of a version or kind that is not known here, which a
 * newer agent may well send; everything but that is whole or `malformed`.
 */
export function decodeAgentMessage(bytes: Uint8Array): Result<AgentMessage, DecodeError> {
  const reader = new ByteReader(bytes);
  const kind = readHead(reader);
  if (kind === undefined) return foreign();
  const message = readBody(kind, reader);
  if (message === "foreign") return foreign();
  // What follows is a newer agent's addition.
  return message === undefined
    ? err(decodeError("malformed", "a message of an agent is damaged"))
    : ok(message);
}

/** Decodes what `encodeAgentState` made; messages that cannot be read are left out and counted. */
export function decodeAgentState(
  bytes: Uint8Array,
): Result<{ readonly messages: readonly AgentMessage[]; readonly ignored: number }, DecodeError> {
  const reader = new ByteReader(bytes);
  if (readHead(reader) !== KINDS.state) return foreign();
  const messages: AgentMessage[] = [];
  let ignored = 0;
  while (reader.remaining > 0) {
    const length = reader.u32();
    const part = length === undefined ? undefined : reader.bytes(length);
    if (part === undefined) return err(decodeError("truncated", "the state ends inside a message"));
    const message = decodeAgentMessage(part);
    if (message.ok) messages.push(message.value);
    else ignored += 1;
  }
  return ok({ messages, ignored });
}

function foreign(): Result<never, DecodeError> {
  return err(decodeError("foreign", "no message of an agent of this version"));
}

function readHead(reader: ByteReader): number | undefined {
  return reader.u16() === MAGIC && reader.u8() === VERSION ? reader.u8() : undefined;
}

function readBody(kind: number, reader: ByteReader): AgentMessage | "foreign" | undefined {
  switch (kind) {
    case KINDS.claims:
      return readClaims(reader);
    case KINDS["hand-over"]:
      return readHandOver(reader);
    case KINDS.capability:
      return readCapability(reader);
    default:
      return "foreign";
  }
}

/** Every item consumes bytes, so a hostile count ends with them. */
function readList<T>(reader: ByteReader, most: number, readOne: () => T | undefined): T[] | undefined {
  const count = readVarint(reader);
  if (count === undefined || count > most) return undefined;
  const list: T[] = [];
  for (let index = 0; index < count; index += 1) {
    const one = readOne();
    if (one === undefined) return undefined;
    list.push(one);
  }
  return list;
}

function readFlag(reader: ByteReader): boolean | undefined {
  const byte = reader.u8();
  return byte === undefined || byte > 1 ? undefined : byte === 1;
}

function readClaims(reader: ByteReader): AgentMessage | undefined {
  const witnessed = readFlag(reader);
  const nodes = readList(reader, reader.remaining, () => readName(reader));
  if (witnessed === undefined || nodes === undefined) return undefined;
  const claims = readList(reader, reader.remaining, () => readClaim(reader, nodes));
  return claims && { kind: "claims", witnessed, claims };
}

function readClaim(reader: ByteReader, nodes: readonly string[]): Claim | undefined {
  const which = readVarint(reader);
  const node = which === undefined ? undefined : nodes[Math.floor(which / 2)];
  if (which === undefined || node === undefined) return undefined;
  const address = readIp(reader, which % 2 === 1);
  const epoch = readVarint(reader);
  return address === undefined || epoch === undefined ? undefined : { address, epoch, node };
}

function readHandOver(reader: ByteReader): AgentMessage | undefined {
  const cause = CAUSES[reader.u8() ?? CAUSES.length];
  const from = readName(reader);
  const to = readName(reader);
  if (cause === undefined || from === undefined || to === undefined) return undefined;
  const addresses = readList(reader, reader.remaining, () => {
    const address = readFamilyAndIp(reader);
    const epoch = readVarint(reader);
    return address === undefined || epoch === undefined ? undefined : { address, epoch };
  });
  return addresses && { kind: "hand-over", cause, from, to, addresses };
}

function readFamilyAndIp(reader: ByteReader): IpAddress | undefined {
  const isIpv6 = readFlag(reader);
  return isIpv6 === undefined ? undefined : readIp(reader, isIpv6);
}

function readCapability(reader: ByteReader): AgentMessage | undefined {
  const node = readName(reader);
  const sequence = readVarint(reader);
  const complete = readFlag(reader);
  if (node === undefined || sequence === undefined || complete === undefined) return undefined;
  const links = readList(reader, MOST_LINKS, () => readLink(reader));
  return links && { kind: "capability", node, sequence, capability: { links, complete } };
}

function readLink(reader: ByteReader): CapableLink | undefined {
  const name = readName(reader);
  const mac = reader.bytes(6)?.slice();
  const flags = reader.u8();
  if (name === undefined || mac === undefined || flags === undefined) return undefined;
  const prefixes = readList(reader, MOST_PREFIXES, () => readPrefix(reader));
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  return (
    prefixes && {
      name,
      mac,
      announcesV4: has(0),
      announcesV6: has(1),
      defaultV4: has(2),
      defaultV6: has(3),
      prefixes,
    }
  );
}

function readPrefix(reader: ByteReader): IpPrefix | undefined {
  const isIpv6 = readFlag(reader);
  const length = reader.u8();
  if (isIpv6 === undefined || length === undefined) return undefined;
  const network = readIp(reader, isIpv6);
  if (network === undefined || length > ADDRESS_BITS[network.family]) return undefined;
  return ipPrefix(network, length);
}
