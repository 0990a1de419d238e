import { endianness } from "node:os";
import { type FilterProgram } from "../../core/wire/packet-filter.ts";
import { DESTINATION_LENGTH_AT, RTM_DELROUTE, RTM_NEWROUTE } from "./default-route-messages.ts";

/** BPF_LD|BPF_H|BPF_ABS, BPF_LD|BPF_B|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K (linux/bpf_common.h). */
const LOAD_HALF = 0x28;
const LOAD_BYTE = 0x30;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;

const MESSAGE_TYPE_AT = 4;

/**
 * Keeps events about routes other than default routes from an rtnetlink socket: on a host that speaks BGP there may be
 * thousands a second. Each event is a datagram of its own.
 */
export const onlyDefaultRoutes: FilterProgram = [
  { code: LOAD_HALF, jt: 0, jf: 0, k: MESSAGE_TYPE_AT },
  { code: JUMP_IF_EQUAL, jt: 1, jf: 0, k: asLoaded(RTM_NEWROUTE) },
  { code: JUMP_IF_EQUAL, jt: 0, jf: 2, k: asLoaded(RTM_DELROUTE) },
  { code: LOAD_BYTE, jt: 0, jf: 0, k: DESTINATION_LENGTH_AT },
  { code: JUMP_IF_EQUAL, jt: 0, jf: 1, k: 0 },
  { code: RETURN, jt: 0, jf: 0, k: 0xffff_ffff },
  { code: RETURN, jt: 0, jf: 0, k: 0 },
];

/** A filter loads in network order what netlink wrote in host order. */
function asLoaded(value: number): number {
  return endianness() === "LE" ? ((value & 0xff) << 8) | (value >> 8) : value;
}
