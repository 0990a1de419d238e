import { type IpFamily } from "@steelyard/model/address";

/** IANA's address family numbers. */
const AFI: Readonly<Record<IpFamily, number>> = { IPv4: 1, IPv6: 2 };
export const SAFI_UNICAST = 1;

export function afiOf(family: IpFamily): number {
  return AFI[family];
}

/** The family of a bare address, as in a next hop. */
export function familyOfAfi(afi: number): IpFamily | undefined {
  if (afi === AFI.IPv4) return "IPv4";
  return afi === AFI.IPv6 ? "IPv6" : undefined;
}

/** Undefined for families that we do not speak of, such as multicast or VPN routes. */
export function familyOf(afi: number, safi: number): IpFamily | undefined {
  return safi === SAFI_UNICAST ? familyOfAfi(afi) : undefined;
}
