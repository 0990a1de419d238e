import { type IpAddress } from "@steelyard/model/address";
import { type Link } from "../../interfaces/link.ts";
import { foreignHolder, isCertainlyBound, placeKey } from "./presence.ts";
import { type BindingState, type BindingWish, type Outcome, type Place } from "./types.ts";

/** After `stop` nothing is wished for. */
export function wishesOf({ wishes, stopped }: BindingState): readonly BindingWish[] {
  return stopped ? [] : wishes;
}

/** Where the wishes can be granted, by place. An address that is on this host already, not by us, is left alone. */
export function wantedPlaces(state: BindingState): ReadonlyMap<string, Place> {
  const { links = [] } = state;
  const places = wishesOf(state)
    .filter(({ address }) => foreignHolder(state, address) === undefined)
    .flatMap((wish) => placeOf(wish, links) ?? []);
  return new Map(places.map((place) => [placeKey(place), place]));
}

/** The wishes that are granted, with the interface. */
export function grantedWishes(state: BindingState): readonly (BindingWish & Place)[] {
  return wishesOf(state).flatMap((wish) => {
    const place = placeOf(wish, state.links ?? []);
    return place !== undefined && isCertainlyBound(state, place) ? [{ ...wish, ...place }] : [];
  });
}

/** Undefined = under way; nothing to tell yet. */
export function outcomeOf(state: BindingState, wish: BindingWish): Outcome | undefined {
  const { address, bindTo } = wish;
  const { links = [], changes } = state;
  const outcome = (because: string | undefined) => ({ address, interface: bindTo, because });
  const foreign = foreignHolder(state, address);
  if (foreign !== undefined) return outcome(foreignSentence(foreign));
  const place = placeOf(wish, links);
  if (place === undefined) return outcome(`interface ${bindTo} does not exist`);
  if (isCertainlyBound(state, place)) return outcome(undefined);
  const refusal = changes.get(placeKey(place))?.refusal;
  return refusal === undefined ? undefined : outcome(refusalSentence(refusal, bindTo, address));
}

function placeOf({ address, bindTo }: BindingWish, links: readonly Link[]): Place | undefined {
  const link = links.find(({ name }) => name === bindTo);
  return link && { interfaceIndex: link.index, interfaceName: bindTo, address };
}

function foreignSentence(name: string): string {
  return `it is on interface ${name} already, where this agent did not put it, and is left alone`;
}

function refusalSentence(code: string, bindTo: string, { family }: IpAddress): string {
  if (code === "EPERM") {
    return `the kernel does not let this agent change interface ${bindTo} (EPERM), which takes the capability NET_ADMIN`;
  }
  if (code === "EACCES" && family === "IPv6") return `IPv6 is switched off on interface ${bindTo} (EACCES)`;
  return `the kernel refused to put it on interface ${bindTo} (${code})`;
}
