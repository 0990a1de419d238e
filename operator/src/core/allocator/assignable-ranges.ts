import { AddressSet, type IpFamily, type IpRange } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";

/**
 * The ranges from which a pool gives addresses of a family, in the order of `spec.addresses`, ascending inside an
 * entry: the order is a promise to users. With avoidBuggyIPs an entry is cut into pieces, so the result is kept as
 * long as the pool is.
 */
export function assignableRanges(pool: Pool, family: IpFamily): readonly IpRange[] {
  const known = cutRanges.get(pool) ?? cut(pool);
  cutRanges.set(pool, known);
  return known[family];
}

const cutRanges = new WeakMap<Pool, Readonly<Record<IpFamily, readonly IpRange[]>>>();

function cut(pool: Pool): Readonly<Record<IpFamily, readonly IpRange[]>> {
  const ranges = pool.avoidBuggyIps
    ? pool.ranges.flatMap((range) => AddressSet.of([range]).intersection(pool.addresses).ranges)
    : pool.ranges;
  return {
    IPv4: ranges.filter((range) => range.family === "IPv4"),
    IPv6: ranges.filter((range) => range.family === "IPv6"),
  };
}
