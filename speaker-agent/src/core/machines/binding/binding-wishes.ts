import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type ElectableAddress } from "../../election/types.ts";
import { type BindingWish } from "./types.ts";

/**
 * The addresses that are announced here, are to be announced here still, and are to be bound.
 *
 * @param announced what the announcer last reported, with the names of the interfaces
 */
export function bindingWishes(
  addresses: readonly Pick<ElectableAddress, "address" | "bindTo">[],
  toAnnounce: readonly { readonly address: IpAddress }[],
  announced: readonly { readonly address: IpAddress; readonly interfaces: readonly string[] }[],
): readonly BindingWish[] {
  const bound = addresses.filter(({ bindTo }) => bindTo !== undefined);
  // Binding is the exception; what it would take to look the others up is not spent.
  if (bound.length === 0) return [];
  const own = new Set(toAnnounce.map(({ address }) => formatIpAddress(address)));
  const places = new Map(announced.map(({ address, interfaces }) => [formatIpAddress(address), interfaces]));
  return bound.flatMap(({ address, bindTo }) => {
    const key = formatIpAddress(address);
    const announcedOn = own.has(key) ? places.get(key) : undefined;
    return bindTo === undefined || announcedOn === undefined ? [] : [{ address, bindTo, announcedOn }];
  });
}
