import { type IpAddress, type IpPrefix } from "@steelyard/model/address";
import { hasSubnetOf } from "./subnets.ts";

/** Where a link leads. */
export interface Directions {
  readonly prefixes: readonly IpPrefix[];
  readonly defaultV4: boolean;
  readonly defaultV6: boolean;
}

/**
 * The links that lead to an address: those that are on its subnet; when none is, those with a default route, because the
 * router behind them may send the address here. A subnet counts also on a link that is down: the address does not belong
 * to another segment just because a cable is pulled.
 */
export function leadingTo<Link extends Directions>(
  address: IpAddress,
  links: readonly Link[],
): readonly Link[] {
  const onSubnet = links.filter(({ prefixes }) => hasSubnetOf(prefixes, address));
  if (onSubnet.length > 0) return onSubnet;
  return links.filter((link) => (address.family === "IPv4" ? link.defaultV4 : link.defaultV6));
}
