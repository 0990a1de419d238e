import {
  ADDRESS_BITS,
  compareIpAddresses,
  type IpAddress,
  ipPrefix,
  type IpPrefix,
} from "@steelyard/model/address";
import { isLinkLocal } from "../wire/ipv6-multicast.ts";
import { type LinkAddress } from "./link.ts";

/**
 * The subnets a link is on, sorted, each once. A host prefix (/32, /128) is no subnet: an address that is bound to a link
 * would otherwise vouch for itself. Neither is fe80::/10, which every link is on.
 */
export function subnetsOf(addresses: readonly LinkAddress[]): readonly IpPrefix[] {
  const subnets = addresses
    .filter(
      ({ address, prefixLength }) => prefixLength < ADDRESS_BITS[address.family] && !isLinkLocal(address),
    )
    .map(({ address, prefixLength }) => ipPrefix(address, prefixLength))
    .sort(comparePrefixes);
  return subnets.filter((subnet, index) => {
    const before = subnets[index - 1];
    return before === undefined || comparePrefixes(before, subnet) !== 0;
  });
}

export function hasSubnetOf(subnets: readonly IpPrefix[], address: IpAddress): boolean {
  return subnets.some(
    ({ network, length }) =>
      network.family === address.family && ipPrefix(address, length).network.value === network.value,
  );
}

function comparePrefixes(left: IpPrefix, right: IpPrefix): number {
  return compareIpAddresses(left.network, right.network) || left.length - right.length;
}
