import {
  AddressSet,
  formatIpRange,
  type IpRange,
  parseIpAddress,
  parseIpRange,
  parseIpPrefix,
  prefixRange,
  rangeSize,
} from "@steelyard/model/address";

/** Addresses that a foreign object names, and how it says so. */
export interface RangeOptions {
  readonly path: string;
  readonly refuse: (path: string, message: string) => void;
  /** The first and the last address of a network belong to nobody, unless it has no others. */
  readonly withoutEnds?: boolean;
}

/** A CIDR, `first-last`, or one address; undefined, and refused, when it is none of them. */
export function readRange(
  text: string,
  { path, refuse, withoutEnds = false }: RangeOptions,
): IpRange | undefined {
  const bare = parseIpAddress(text.trim());
  if (bare.ok) return { family: bare.value.family, first: bare.value.value, last: bare.value.value };
  const prefix = parseIpPrefix(text.trim());
  if (prefix.ok) return withoutEnds ? inner(prefixRange(prefix.value)) : prefixRange(prefix.value);
  const range = parseIpRange(text.trim());
  if (range.ok) return range.value;
  refuse(path, range.error.message);
  return undefined;
}

/** Entries of `spec.addresses`; ranges that overlap are made one, which only formats that forbid nothing need. */
export function asEntries(ranges: readonly IpRange[]): readonly string[] {
  const total = ranges.reduce((sum, range) => sum + rangeSize(range), 0n);
  const set = AddressSet.of(ranges);
  return (set.count() === total ? ranges : set.ranges).map(formatIpRange);
}

function inner(range: IpRange): IpRange {
  return rangeSize(range) <= 2n ? range : { ...range, first: range.first + 1n, last: range.last - 1n };
}
