import { type IpAddress } from "@steelyard/model/address";
import { type OwnershipState } from "./state.ts";

/** An address of another node for which this one is next. */
export interface AddressStoodBy {
  readonly address: IpAddress;
  readonly owner: string;
  /** Exact names of the interfaces on which this node would announce it; empty = those that lead to it. */
  readonly interfaces: readonly string[];
}

/** The addresses for which `me` is first in line after their owner, sorted. */
export function addressesStoodBy({ entries }: OwnershipState, me: string): readonly AddressStoodBy[] {
  return entries.flatMap(({ subject: { address, own }, owner, line }) => {
    const next = line.find((node) => node !== owner);
    if (owner === undefined || owner === me || next !== me || own === undefined) return [];
    return [{ address, owner, interfaces: own.interfaces }];
  });
}
