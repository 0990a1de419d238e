import { type IpAddress } from "@steelyard/model/address";
import { whyCannotReach } from "../../interfaces/capability.ts";
import { type Group } from "./lines.ts";
import { isElectable } from "./roster.ts";
import { type OwnershipState } from "./state.ts";

/** An address that nobody owns, because none of the nodes that may has an interface for it. */
export interface AddressOutOfReach {
  readonly address: IpAddress;
  /** The end of a sentence that begins with the name of this node. */
  readonly because: string;
}

/**
 * The addresses out of everybody's reach, sorted, of which it is `me` that tells: the first living candidate, so that a
 * cluster of a hundred nodes complains once.
 */
export function addressesOutOfReach(state: OwnershipState, me: string): readonly AddressOutOfReach[] {
  const own = state.capabilities.get(me)?.capability;
  if (!state.settled || own === undefined) return [];
  const tellers = new Map<Group, string | undefined>();
  const tellerOf = (group: Group): string | undefined => {
    if (!tellers.has(group)) tellers.set(group, firstElectable(group, state));
    return tellers.get(group);
  };
  return state.entries.flatMap(({ subject, owner, line }) => {
    if (owner !== undefined || line.length > 0 || subject.own === undefined) return [];
    if (tellerOf(subject.group) !== me) return [];
    const because = whyCannotReach(subject.address, subject.own.interfaces, own);
    return because === undefined ? [] : [{ address: subject.address, because }];
  });
}

function firstElectable({ tiers, candidates }: Group, { roster }: OwnershipState): string | undefined {
  return tiers
    .flat()
    .map((place) => candidates[place]?.node)
    .find((node) => node !== undefined && isElectable(roster, node));
}
