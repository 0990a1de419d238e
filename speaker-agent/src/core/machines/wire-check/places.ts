import { type IpAddress } from "@steelyard/model/address";
import { parseInterfaceExclusion } from "../../interfaces/interface-exclusion.ts";
import { type Link, type LinkAddress } from "../../interfaces/link.ts";
import { linkSelector } from "../../interfaces/select-links.ts";
import { hasSubnetOf, subnetsOf } from "../../interfaces/subnets.ts";
import { isLinkLocal } from "../../wire/ipv6-multicast.ts";
import { type CheckedAddress, MOST_PLACES, type QuestionPlace, type WireCheckConfig } from "./types.ts";

/** The links on which to ask about an address: those on which this node would announce it, and has an address itself. */
export function questionPlaces(
  { address, interfaces }: CheckedAddress,
  links: readonly Link[],
  { excludeInterfaces }: WireCheckConfig,
): ReadonlyMap<number, QuestionPlace> {
  const exclusion = parseInterfaceExclusion(excludeInterfaces);
  if (!exclusion.ok) return new Map();
  const selected = linkSelector(links, exclusion.value)(address, interfaces).links;
  const places = selected.flatMap((link): readonly [number, QuestionPlace][] => {
    const from = ownAddress(link, address);
    return from === undefined ? [] : [[link.index, { link, from, at: "opening" }]];
  });
  return new Map(places.slice(0, MOST_PLACES));
}

/**
 * The address of the link's to ask with: one in the subnet of the target, else any. Addresses without a subnet come last:
 * they may be Services' that this node has put there.
 */
function ownAddress({ addresses }: Link, target: IpAddress): IpAddress | undefined {
  const own = addresses.filter(({ address }) => address.family === target.family);
  const best = [...own].sort((left, right) => fitness(right, target) - fitness(left, target));
  return best[0]?.address;
}

function fitness(own: LinkAddress, target: IpAddress): number {
  const subnets = subnetsOf([own]);
  if (hasSubnetOf(subnets, target)) return 3;
  // A solicitation may come from a link-local address whatever it asks for (RFC 4861, section 4.3).
  if (isLinkLocal(own.address)) return 2;
  return subnets.length > 0 ? 1 : 0;
}
