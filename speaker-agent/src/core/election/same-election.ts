import { type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { type ElectableAddress, type ElectionSnapshot } from "./types.ts";

/** All of a snapshot but who asks and which it is. */
export type Election = Omit<ElectionSnapshot, "version" | "nodeName">;

/**
 * Whether two snapshots ask for the same, order included. Candidates are compared by identity: who makes snapshots keeps
 * equal ones the same list, and a list that only looks the same costs one more snapshot. That an address has been
 * announced meanwhile is no news to the worker, who did it.
 */
export function sameElection(a: Election, b: Election): boolean {
  return (
    sameLists(a.addresses, b.addresses, sameAddress) &&
    sameLists(a.probeOnly, b.probeOnly, sameIpAddress) &&
    sameLists(a.readyNodes, b.readyNodes, (one, other) => one === other)
  );
}

function sameAddress(a: ElectableAddress, b: ElectableAddress): boolean {
  return (
    sameIpAddress(a.address, b.address) &&
    sameIpAddress(a.electionKey, b.electionKey) &&
    a.candidates === b.candidates &&
    a.bindTo === b.bindTo
  );
}

function sameLists<T extends IpAddress | ElectableAddress | string>(
  a: readonly T[],
  b: readonly T[],
  same: (one: T, other: T) => boolean,
): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every((item, index) => {
      const other = b[index];
      return other !== undefined && same(item, other);
    })
  );
}
