import { type FilterInstruction, type FilterProgram } from "../packet-filter.ts";
import {
  JUMP,
  JUMP_EQUAL,
  JUMP_GREATER,
  JUMP_GREATER_OR_EQUAL,
  LOAD_BYTE,
  LOAD_HALF,
  LOAD_WORD,
  NETWORK_HEADER_OFFSET,
  PACKET_TYPE_OFFSET,
  RETURN,
} from "./instructions.ts";

/** `skb->pkt_type` of a received frame, as linux/if_packet.h numbers it. */
export type PacketType = "host" | "broadcast" | "multicast" | "other-host";

const PACKET_TYPES: Readonly<Record<PacketType, number>> = {
  host: 0,
  broadcast: 1,
  multicast: 2,
  "other-host": 3,
};

const LOAD_WIDTHS: Readonly<Record<number, number>> = { [LOAD_WORD]: 4, [LOAD_HALF]: 2, [LOAD_BYTE]: 1 };

/**
 * Runs a program as the kernel would and says whether it accepts the frame. Knows the instructions our compiler uses;
 * any other, and a jump out of the program, throws: the kernel would have refused to attach it. For the simulated
 * segment and for tests. A program of a UDP socket sees the datagram, and the packet only by `networkHeader`.
 */
export function runFilter(
  program: FilterProgram,
  frame: Uint8Array,
  packetType: PacketType,
  networkHeader: Uint8Array = frame,
): boolean {
  let accumulator = 0;
  // Jumps only lead forward, so no program runs longer than it is.
  for (let at = 0; at < program.length; at += 1) {
    const instruction = program[at];
    if (instruction === undefined) break;
    if (instruction.code === RETURN) return instruction.k !== 0;
    const width = LOAD_WIDTHS[instruction.code];
    if (width === undefined) {
      at += jumpOf(instruction, accumulator);
      continue;
    }
    const loaded = valueAt({ frame, networkHeader, packetType }, instruction.k, width);
    // A load past the end ends the program: the frame is dropped.
    if (loaded === undefined) return false;
    accumulator = loaded;
  }
  throw new Error("the filter program runs past its end");
}

interface Arrived {
  readonly frame: Uint8Array;
  readonly networkHeader: Uint8Array;
  readonly packetType: PacketType;
}

function valueAt(arrived: Arrived, offset: number, width: number): number | undefined {
  const { frame, networkHeader, packetType } = arrived;
  if (offset === PACKET_TYPE_OFFSET) return PACKET_TYPES[packetType];
  if (offset >= NETWORK_HEADER_OFFSET)
    return valueAt({ ...arrived, frame: networkHeader }, offset - NETWORK_HEADER_OFFSET, width);
  if (offset + width > frame.length) return undefined;
  return frame.subarray(offset, offset + width).reduce((value, byte) => value * 256 + byte, 0);
}

function jumpOf(instruction: FilterInstruction, accumulator: number): number {
  switch (instruction.code) {
    case JUMP:
      return instruction.k;
    case JUMP_EQUAL:
      return accumulator === instruction.k ? instruction.jt : instruction.jf;
    case JUMP_GREATER:
      return accumulator > instruction.k ? instruction.jt : instruction.jf;
    case JUMP_GREATER_OR_EQUAL:
      return accumulator >= instruction.k ? instruction.jt : instruction.jf;
    default:
      throw new Error(`unknown filter instruction 0x${instruction.code.toString(16)}`);
  }
}
