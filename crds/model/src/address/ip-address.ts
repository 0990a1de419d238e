import { type IpAddress, type IpFamily } from "./types.ts";

/** Width of an address in bits. */
export const ADDRESS_BITS: Readonly<Record<IpFamily, number>> = { IPv4: 32, IPv6: 128 };

/** The highest address of a family as a number. */
export const HIGHEST_ADDRESS: Readonly<Record<IpFamily, bigint>> = {
  IPv4: (1n << 32n) - 1n,
  IPv6: (1n << 128n) - 1n,
};

/** An address from its number; a number outside the family is a mistake of the caller and throws a RangeError. */
export function ipAddress(family: IpFamily, value: bigint): IpAddress {
  if (value < 0n || value > HIGHEST_ADDRESS[family]) throw new RangeError(`${value} is no ${family} address`);
  return Object.freeze({ family, value });
}

/** For sort: IPv4 before IPv6, then by number. */
export function compareIpAddresses(a: IpAddress, b: IpAddress): -1 | 0 | 1 {
  if (a.family !== b.family) return a.family === "IPv4" ? -1 : 1;
  if (a.value === b.value) return 0;
  return a.value < b.value ? -1 : 1;
}

export function sameIpAddress(a: IpAddress, b: IpAddress): boolean {
  return a.family === b.family && a.value === b.value;
}

export function includesIpAddress(addresses: readonly IpAddress[], address: IpAddress): boolean {
  return addresses.some((one) => sameIpAddress(one, address));
}
