import { err, ok, type Result } from "@steelyard/model/foundation";
import { readWord } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";

/** RFC 5880, section 4.1, in the order of the numbers on the wire. */
export type BfdStateName = "admin-down" | "down" | "init" | "up";

const STATES: readonly BfdStateName[] = ["admin-down", "down", "init", "up"];

/** A BFD control packet without authentication (RFC 5880, section 4.1). */
export interface BfdControlPacket {
  /** 0–31; why the sender's session went down last. */
  readonly diagnostic: number;
  readonly state: BfdStateName;
  readonly poll: boolean;
  readonly final: boolean;
  readonly controlPlaneIndependent: boolean;
  readonly demand: boolean;
  /** 1–255. */
  readonly detectMultiplier: number;
  /** 1–2^32-1. */
  readonly myDiscriminator: number;
  /** 0 = the sender does not know ours. */
  readonly yourDiscriminator: number;
  /** Microseconds. */
  readonly desiredMinTx: number;
  /** Microseconds; 0 = the sender wants no periodic packets. */
  readonly requiredMinRx: number;
  /** Microseconds; 0 = the sender does not return echo packets. */
  readonly requiredMinEchoRx: number;
}

export const BFD_PACKET_LENGTH = 24;

const VERSION = 1;
const POLL = 0x20;
const FINAL = 0x10;
const CONTROL_PLANE_INDEPENDENT = 0x08;
const AUTHENTICATION = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

/** 24 bytes; the packet is as its type's docstrings say. */
export function encodeBfdPacket(packet: BfdControlPacket): Uint8Array {
  const bytes = new Uint8Array(BFD_PACKET_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, (VERSION << 5) | packet.diagnostic);
  view.setUint8(1, (STATES.indexOf(packet.state) << 6) | flagsOf(packet));
  view.setUint8(2, packet.detectMultiplier);
  view.setUint8(3, BFD_PACKET_LENGTH);
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTx);
  view.setUint32(16, packet.requiredMinRx);
  view.setUint32(20, packet.requiredMinEchoRx);
  return bytes;
}

function flagsOf(packet: BfdControlPacket): number {
  return (
    (packet.poll ? POLL : 0) |
    (packet.final ? FINAL : 0) |
    (packet.controlPlaneIndependent ? CONTROL_PLANE_INDEPENDENT : 0) |
    (packet.demand ? DEMAND : 0)
  );
}

/** Makes all checks of RFC 5880, section 6.8.6, that need no session; bytes after the packet are ignored. */
export function decodeBfdPacket(bytes: Uint8Array): Result<BfdControlPacket, DecodeError> {
  if (bytes.length < BFD_PACKET_LENGTH) return err(decodeError("truncated", "shorter than a control packet"));
  const [first = 0, second = 0, detectMultiplier = 0, length = 0] = bytes;
  if (first >> 5 !== VERSION) return err(decodeError("foreign", "another version than 1"));
  if (length < BFD_PACKET_LENGTH) return malformed("the length field is too small");
  if (length > bytes.length) return err(decodeError("truncated", "shorter than its length field says"));
  if ((second & AUTHENTICATION) !== 0) return err(decodeError("foreign", "authentication is present"));
  if ((second & MULTIPOINT) !== 0) return malformed("the multipoint bit is set");
  const packet: BfdControlPacket = {
    diagnostic: first & 0x1f,
    state: STATES[second >> 6] ?? "down",
    poll: (second & POLL) !== 0,
    final: (second & FINAL) !== 0,
    controlPlaneIndependent: (second & CONTROL_PLANE_INDEPENDENT) !== 0,
    demand: (second & DEMAND) !== 0,
    detectMultiplier,
    myDiscriminator: readWord(bytes, 4),
    yourDiscriminator: readWord(bytes, 8),
    desiredMinTx: readWord(bytes, 12),
    requiredMinRx: readWord(bytes, 16),
    requiredMinEchoRx: readWord(bytes, 20),
  };
  return contradiction(packet) ?? ok(packet);
}

function contradiction(packet: BfdControlPacket): Result<never, DecodeError> | undefined {
  if (packet.detectMultiplier === 0) return malformed("the detect multiplier is zero");
  if (packet.myDiscriminator === 0) return malformed("it names no session of its sender");
  const isFirst = packet.state === "down" || packet.state === "admin-down";
  if (packet.yourDiscriminator === 0 && !isFirst) return malformed("it names no session of ours");
  return undefined;
}

function malformed(message: string): Result<never, DecodeError> {
  return err(decodeError("malformed", message));
}
