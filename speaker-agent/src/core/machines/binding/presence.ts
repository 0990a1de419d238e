import { ADDRESS_BITS, formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Instant } from "@steelyard/model/foundation";
import { type Link, type LinkAddress } from "../../interfaces/link.ts";
import { type BindingState, type Change, type Holders, type Place } from "./types.ts";

export function placeKey({ interfaceIndex, address }: Place): string {
  return `${interfaceIndex}/${formatIpAddress(address)}`;
}

/** Sums up which links have which addresses, so that thousands of wishes need not search for theirs. */
export function holdersOf(links: readonly Link[]): ReadonlyMap<string, Holders> {
  const holders = new Map<string, { readonly bound: Set<number>; foreign: string | undefined }>();
  for (const { index, name, addresses } of links) {
    for (const assigned of addresses) {
      const key = formatIpAddress(assigned.address);
      const holder = holders.get(key) ?? { bound: new Set<number>(), foreign: undefined };
      if (isBound(assigned)) holder.bound.add(index);
      else holder.foreign ??= name;
      holders.set(key, holder);
    }
  }
  return holders;
}

/** A mark on another prefix than that of a host is not ours. */
function isBound({ bound, address, prefixLength }: LinkAddress): boolean {
  return bound === true && prefixLength === ADDRESS_BITS[address.family];
}

export function foreignHolder({ holders }: BindingState, address: IpAddress): string | undefined {
  return holders.get(formatIpAddress(address))?.foreign;
}

/** The places with a mark, as the links say and as changes that the links do not show yet made it. */
export function placesBound({ links, changes }: BindingState): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  for (const link of links ?? []) {
    for (const assigned of link.addresses) {
      const place = { interfaceIndex: link.index, interfaceName: link.name, address: assigned.address };
      if (isBound(assigned)) places.set(placeKey(place), place);
    }
  }
  for (const [key, { change, place, at }] of changes) {
    if (at === "refused") continue;
    if (change === "add") places.set(key, place);
    else places.delete(key);
  }
  return places;
}

/** Whether the kernel has the address by all we know: an addition that was merely asked for is not believed yet. */
export function isCertainlyBound(state: BindingState, place: Place): boolean {
  const change = state.changes.get(placeKey(place));
  if (change?.change === "remove" && change.at !== "refused") return false;
  return (change?.change === "add" && change.at === "done") || isShown(state, place);
}

/** Changes that the links show by now are over, and so are rests and the patience with what they ought to show. */
export function withoutSettled(state: BindingState, now: Instant): BindingState["changes"] {
  return new Map([...state.changes].filter(([, change]) => !isOver(state, change, now)));
}

function isOver(state: BindingState, { change, place, at, retryAt }: Change, now: Instant): boolean {
  if (at === "asked") return false;
  if (state.links?.some(({ index }) => index === place.interfaceIndex) !== true) return true;
  if (retryAt === undefined || retryAt <= now) return true;
  return at === "done" && isShown(state, place) === (change === "add");
}

function isShown({ holders }: BindingState, { address, interfaceIndex }: Place): boolean {
  return holders.get(formatIpAddress(address))?.bound.has(interfaceIndex) === true;
}
