import { ByteWriter } from "@steelyard/model/foundation";
import { type CapableLink } from "../../interfaces/capability.ts";
import { CAUSES, KINDS, MAGIC, VERSION } from "./format.ts";
import { writeIp, writeName, writeVarint } from "./fields.ts";
import {
  type AgentMessage,
  type CapabilityMessage,
  type ClaimsMessage,
  type HandOverMessage,
} from "./messages.ts";

/** The bytes of one message; format.ts says what stands where. */
export function encodeAgentMessage(message: AgentMessage): Uint8Array {
  const writer = headOf(message.kind);
  switch (message.kind) {
    case "claims":
      writeClaims(writer, message);
      break;
    case "hand-over":
      writeHandOver(writer, message);
      break;
    case "capability":
      writeCapability(writer, message);
      break;
  }
  return writer.toBytes();
}

/** Messages in one piece, for the exchange of whole tables. */
export function encodeAgentState(messages: readonly AgentMessage[]): Uint8Array {
  const writer = headOf("state");
  for (const message of messages) {
    const bytes = encodeAgentMessage(message);
    writer.u32(bytes.length).bytes(bytes);
  }
  return writer.toBytes();
}

function headOf(kind: keyof typeof KINDS): ByteWriter {
  return new ByteWriter().u16(MAGIC).u8(VERSION).u8(KINDS[kind]);
}

function writeClaims(writer: ByteWriter, { witnessed, claims }: ClaimsMessage): void {
  const indexes = new Map<string, number>();
  for (const { node } of claims) if (!indexes.has(node)) indexes.set(node, indexes.size);
  writer.u8(witnessed ? 1 : 0);
  writeVarint(writer, indexes.size);
  for (const node of indexes.keys()) writeName(writer, node);
  writeVarint(writer, claims.length);
  for (const { address, epoch, node } of claims) {
    writeVarint(writer, 2 * (indexes.get(node) ?? 0) + (address.family === "IPv6" ? 1 : 0));
    writeIp(writer, address);
    writeVarint(writer, epoch);
  }
}

function writeHandOver(writer: ByteWriter, { cause, from, to, addresses }: HandOverMessage): void {
  writer.u8(CAUSES.indexOf(cause));
  writeName(writer, from);
  writeName(writer, to);
  writeVarint(writer, addresses.length);
  for (const { address, epoch } of addresses) {
    writer.u8(address.family === "IPv6" ? 1 : 0);
    writeIp(writer, address);
    writeVarint(writer, epoch);
  }
}

function writeCapability(writer: ByteWriter, { node, sequence, capability }: CapabilityMessage): void {
  writeName(writer, node);
  writeVarint(writer, sequence);
  writer.u8(capability.complete ? 1 : 0);
  writeVarint(writer, capability.links.length);
  for (const link of capability.links) writeLink(writer, link);
}

function writeLink(writer: ByteWriter, link: CapableLink): void {
  writeName(writer, link.name);
  writer.bytes(link.mac);
  const { announcesV4, announcesV6, defaultV4, defaultV6 } = link;
  const flags = [announcesV4, announcesV6, defaultV4, defaultV6];
  writer.u8(flags.reduce((sum, flag, bit) => sum + (flag ? 1 << bit : 0), 0));
  writeVarint(writer, link.prefixes.length);
  for (const { network, length } of link.prefixes) {
    writer.u8(network.family === "IPv6" ? 1 : 0).u8(length);
    writeIp(writer, network);
  }
}
