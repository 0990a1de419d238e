import { compareIpAddresses, type IpAddress } from "@steelyard/model/address";

const IPV6_KEY = 1n << 128n;

/** An address as the key of a map; no two addresses share one. */
export function addressKey({ family, value }: IpAddress): bigint {
  return family === "IPv4" ? value : value + IPV6_KEY;
}

/** Where an address stands in a sorted list, or -1. */
export function indexOfAddress(
  sorted: readonly { readonly subject: { readonly address: IpAddress } }[],
  address: IpAddress,
): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = sorted[middle];
    if (there === undefined) return -1;
    const order = compareIpAddresses(there.subject.address, address);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}
