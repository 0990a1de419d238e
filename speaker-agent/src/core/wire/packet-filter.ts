/** One classic-BPF instruction, as in `struct sock_filter` (linux/filter.h). */
export interface FilterInstruction {
  readonly code: number;
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

/** A classic-BPF program for SO_ATTACH_FILTER; accepts a frame by returning its length, drops it by returning 0. */
export type FilterProgram = readonly FilterInstruction[];

/**
 * How closely a program follows the address set. `exact`: nothing else passes. `exact-questions`: questions pass exactly,
 * claims also from neighbours of the addresses. `ranges`: neighbours of the addresses pass too. `operation`: everything
 * of the protocol passes. The owner of the socket checks each frame again in any case.
 */
export type FilterPrecision = "exact" | "exact-questions" | "ranges" | "operation";
