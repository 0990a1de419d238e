import { addressWords } from "../address-bytes.ts";
import { type IpAddress } from "@steelyard/model/address";

/** Numbers of 32 bits from `first` to `last`, both included. */
export interface WordRange {
  readonly first: number;
  readonly last: number;
}

/** Addresses that share all words but the last: one leaf of the search. IPv4 has a single block without `high` words. */
export interface AddressBlock {
  readonly high: readonly number[];
  /** Sorted and disjoint, with gaps between. */
  readonly low: readonly WordRange[];
}

/** Sorts addresses of one family into blocks; neighbours become one range. */
export function addressBlocks(addresses: readonly IpAddress[]): readonly AddressBlock[] {
  const blocks = new Map<string, { high: readonly number[]; values: Set<number> }>();
  for (const address of addresses) {
    const words = addressWords(address);
    const high = words.slice(0, -1);
    const block = blocks.get(high.join()) ?? { high, values: new Set() };
    block.values.add(words.at(-1) ?? 0);
    blocks.set(high.join(), block);
  }
  return [...blocks.values()]
    .map(({ high, values }) => ({ high, low: wordRanges(values) }))
    .sort((left, right) => compareWords(left.high, right.high));
}

/** The last words of all addresses as ranges, whatever the words before; the closest ranges are joined until at most `limit` remain. */
export function coarseRanges(addresses: readonly IpAddress[], limit: number): readonly WordRange[] {
  const ranges = wordRanges(new Set(addresses.map((address) => addressWords(address).at(-1) ?? 0)));
  if (ranges.length <= limit) return ranges;
  const gaps = ranges
    .slice(1)
    .map((range, index) => ({ index: index + 1, size: range.first - (ranges[index]?.last ?? 0) }));
  const kept = gaps
    .sort((left, right) => right.size - left.size || left.index - right.index)
    .slice(0, limit - 1);
  const starts = [0, ...kept.map((gap) => gap.index).sort((left, right) => left - right)];
  return starts.map((start, index) => joined(ranges.slice(start, starts[index + 1] ?? ranges.length)));
}

function wordRanges(values: ReadonlySet<number>): readonly WordRange[] {
  const ranges: { first: number; last: number }[] = [];
  for (const value of [...values].sort((left, right) => left - right)) {
    const previous = ranges.at(-1);
    if (previous !== undefined && previous.last + 1 === value) previous.last = value;
    else ranges.push({ first: value, last: value });
  }
  return ranges;
}

function joined(ranges: readonly WordRange[]): WordRange {
  return { first: ranges.at(0)?.first ?? 0, last: ranges.at(-1)?.last ?? 0 };
}

function compareWords(left: readonly number[], right: readonly number[]): number {
  for (const [index, word] of left.entries()) {
    const difference = word - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
