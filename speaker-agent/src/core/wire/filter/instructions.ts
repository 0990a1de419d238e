import { type FilterInstruction, type FilterProgram } from "../packet-filter.ts";

/** The operation codes in use, as linux/filter.h composes them. */
export const LOAD_WORD = 0x20;
export const LOAD_HALF = 0x28;
export const LOAD_BYTE = 0x30;
export const JUMP = 0x05;
export const JUMP_EQUAL = 0x15;
export const JUMP_GREATER = 0x25;
export const JUMP_GREATER_OR_EQUAL = 0x35;
export const RETURN = 0x06;

/** The kernel refuses longer programs (BPF_MAXINSNS). */
export const MAX_INSTRUCTIONS = 4096;
/** The largest distance a conditional jump can express. */
export const MAX_CONDITIONAL_JUMP = 255;

/** Where Linux keeps the packet type beside the frame: SKF_AD_OFF + SKF_AD_PKTTYPE. */
export const PACKET_TYPE_OFFSET = 0xffff_f000 + 4;
/** Loads relative to the network header, where a program of a UDP socket begins at the transport header: SKF_NET_OFF. */
export const NETWORK_HEADER_OFFSET = 0xfff0_0000;
/** PACKET_OTHERHOST of linux/if_packet.h. */
export const PACKET_OTHER_HOST = 3;

/** Longer than any frame we ask about, so "keep the whole frame". */
const WHOLE_FRAME = 0x4_0000;

export const ACCEPT: FilterInstruction = { code: RETURN, jt: 0, jf: 0, k: WHOLE_FRAME };
export const DROP: FilterInstruction = { code: RETURN, jt: 0, jf: 0, k: 0 };

export function load(code: number, offset: number): FilterInstruction {
  return { code, jt: 0, jf: 0, k: offset };
}

/** Jumps over `jt` or `jf` instructions. */
export function jumpIf(code: number, k: number, jt: number, jf: number): FilterInstruction {
  return { code, jt, jf, k };
}

/** Runs `rest` if the loaded value equals `k`, else drops the frame. */
export function require(k: number, rest: FilterProgram): FilterProgram {
  return [jumpIf(JUMP_EQUAL, k, 1, 0), DROP, ...rest];
}

/** Runs `high` if the loaded value is at least `pivot`, else `low`; a block that is far away costs one more jump. */
export function branch(pivot: number, low: FilterProgram, high: FilterProgram): FilterProgram {
  if (low.length <= MAX_CONDITIONAL_JUMP) {
    return [jumpIf(JUMP_GREATER_OR_EQUAL, pivot, low.length, 0), ...low, ...high];
  }
  return [jumpIf(JUMP_GREATER_OR_EQUAL, pivot, 0, 1), load(JUMP, low.length), ...low, ...high];
}

/** Runs `second` wherever `first` would drop the frame. */
export function orElse(first: FilterProgram, second: FilterProgram): FilterProgram {
  const rerouted = first.map((instruction, index) =>
    instruction.code === RETURN && instruction.k === 0 ? load(JUMP, first.length - index - 1) : instruction,
  );
  return [...rerouted, ...second];
}
