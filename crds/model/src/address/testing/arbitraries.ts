import * as fc from "fast-check";
import { HIGHEST_ADDRESS, ipAddress } from "../ip-address.ts";
import { type IpAddress, type IpFamily, type IpRange } from "../types.ts";

const family = fc.constantFrom<IpFamily>("IPv4", "IPv6");

/** Any number of the family, with the edges of the family and runs of zero groups more often than chance has them. */
function valueOf(of: IpFamily): fc.Arbitrary<bigint> {
  const highest = HIGHEST_ADDRESS[of];
  const sparse = fc
    .array(fc.constantFrom<bigint>(0n, 0n, 0n, 1n, 0xffffn, 0x0db8n), { minLength: 8, maxLength: 8 })
    .map((groups) => groups.reduce((value, group) => (value << 16n) | group, 0n) & highest);
  return fc.oneof(fc.bigInt({ min: 0n, max: highest }), sparse, fc.constantFrom(0n, 1n, highest));
}

export const ipAddresses: fc.Arbitrary<IpAddress> = family.chain((of) =>
  valueOf(of).map((value) => ipAddress(of, value)),
);

export const ipv6Addresses = ipAddresses.filter((address) => address.family === "IPv6");

export const ipRanges: fc.Arbitrary<IpRange> = family.chain((of) =>
  fc
    .tuple(valueOf(of), valueOf(of))
    .map(([a, b]) => (a <= b ? { family: of, first: a, last: b } : { family: of, first: b, last: a })),
);

/** How many numbers of each family the small world has: few enough to list them all. */
export const SMALL_WORLD = 40;

/** Ranges so close together that they overlap and touch all the time; 0 and the highest number are among them. */
export const smallRanges: fc.Arbitrary<IpRange[]> = fc.array(
  fc.tuple(family, fc.nat(SMALL_WORLD - 1), fc.nat(6)).map(([of, first, length]) => ({
    family: of,
    first: smallValue(first),
    last: smallValue(first + length),
  })),
  { maxLength: 12 },
);

/** The numbers lie around 256, where the addresses are that avoidBuggyIPs is about. */
export function smallValue(index: number): bigint {
  return 240n + BigInt(Math.min(index, SMALL_WORLD - 1));
}

/** Every address of the small world. */
export const smallWorld: readonly IpAddress[] = (["IPv4", "IPv6"] as const).flatMap((of) =>
  Array.from({ length: SMALL_WORLD }, (_, index) => ipAddress(of, smallValue(index))),
);
