import { type IpAddress, type IpRange } from "./types.ts";

/**
 * IPv4 addresses that end in .0 or .255: some consumer equipment takes them for network or broadcast addresses whatever
 * the prefix length, so pools with `avoidBuggyIPs` leave them out (reference metallb.md, section 3.3). IPv6 has none.
 */
export function isBuggyAddress({ family, value }: IpAddress): boolean {
  const lastOctet = value & 0xffn;
  return family === "IPv4" && (lastOctet === 0n || lastOctet === 255n);
}

export function countBuggyAddresses(range: IpRange): bigint {
  if (range.family !== "IPv4") return 0n;
  return buggyBelow(range.last + 1n) - buggyBelow(range.first);
}

/** How many numbers under `limit` end in .0 or .255. */
function buggyBelow(limit: bigint): bigint {
  const endInZero = (limit + 255n) / 256n;
  const endIn255 = limit / 256n;
  return endInZero + endIn255;
}

/** The parts of a range between its buggy addresses, ascending. One per /24: lazily, because 0.0.0.0/0 has 2^24. */
export function* rangesBetweenBuggyAddresses(range: IpRange): Generator<IpRange> {
  if (range.family !== "IPv4") {
    yield range;
    return;
  }
  for (let block = range.first >> 8n; block <= range.last >> 8n; block += 1n) {
    const [lowest, highest] = [(block << 8n) + 1n, (block << 8n) + 254n];
    const first = range.first > lowest ? range.first : lowest;
    const last = range.last < highest ? range.last : highest;
    if (first <= last) yield Object.freeze({ family: "IPv4", first, last });
  }
}
