import { countBuggyAddresses, isBuggyAddress, rangesBetweenBuggyAddresses } from "./buggy-addresses.ts";
import { rangeSize } from "./ip-range.ts";
import { intersectRanges, lastBeginningBy, mergeRanges, subtractRanges } from "./sorted-ranges.ts";
import { type IpAddress, type IpFamily, type IpRange } from "./types.ts";

/**
 * An immutable set of addresses of both families. It holds ranges, never single addresses, so that an IPv6 /64 costs
 * what a /128 costs; a look-up is a binary search.
 *
 * The addresses that `avoidBuggyIPs` takes out are a rule, not a list: 0.0.0.0/0 without them is still one range here.
 */
export class AddressSet {
  static readonly empty = new AddressSet([], false);

  /** Sorted, disjoint, merged; without regard to `#avoidsBuggy`. */
  readonly #solid: readonly IpRange[];
  readonly #avoidsBuggy: boolean;
  #ranges: readonly IpRange[] | undefined;
  /** Asked for at every allocation, and a set of thousands of ranges takes a while to add up. */
  readonly #counts = new Map<IpFamily | undefined, bigint>();

  private constructor(solid: readonly IpRange[], avoidsBuggy: boolean) {
    this.#solid = solid;
    this.#avoidsBuggy = avoidsBuggy;
  }

  /** All addresses of the ranges, which may come in any order, overlap and touch. */
  static of(ranges: Iterable<IpRange>): AddressSet {
    return new AddressSet(mergeRanges(ranges), false);
  }

  static ofAddresses(addresses: Iterable<IpAddress>): AddressSet {
    const single = ({ family, value }: IpAddress): IpRange => ({ family, first: value, last: value });
    return AddressSet.of(Array.from(addresses, single));
  }

  /** This set without the IPv4 addresses that end in .0 or .255. */
  withoutBuggyAddresses(): AddressSet {
    return this.#avoidsBuggy ? this : new AddressSet(this.#solid, true);
  }

  has(address: IpAddress): boolean {
    const range = this.#solid[lastBeginningBy(this.#solid, address.family, address.value)];
    if (range?.family !== address.family || address.value > range.last) return false;
    return !(this.#avoidsBuggy && isBuggyAddress(address));
  }

  /** How many addresses, of one family or of both. */
  count(family?: IpFamily): bigint {
    const known = this.#counts.get(family);
    if (known !== undefined) return known;
    const count = this.#solid
      .filter((range) => family === undefined || range.family === family)
      .reduce((sum, range) => sum + this.#sizeOf(range), 0n);
    this.#counts.set(family, count);
    return count;
  }

  get isEmpty(): boolean {
    return this.#solid.every((range) => this.#sizeOf(range) === 0n);
  }

  /**
   * Sorted (IPv4 first), disjoint, merged. Without buggy addresses this is one range per /24: for sets that may be
   * wide use `eachRange` and stop early.
   */
  get ranges(): readonly IpRange[] {
    this.#ranges ??= this.#avoidsBuggy ? [...this.eachRange()] : this.#solid;
    return this.#ranges;
  }

  /** The same ranges, computed one by one. */
  *eachRange(): Generator<IpRange> {
    for (const range of this.#solid) {
      if (this.#avoidsBuggy) yield* rangesBetweenBuggyAddresses(range);
      else yield range;
    }
  }

  subtract(other: AddressSet): AddressSet {
    // Taking out a set that has holes leaves the addresses in its holes; only when this set lacks them as well does
    // the rule of the holes cover the result.
    const exact = this.#avoidsBuggy || !other.#avoidsBuggy;
    const theirs = exact ? other.#solid : this.intersection(other).ranges;
    return new AddressSet(subtractRanges(this.#solid, theirs), this.#avoidsBuggy);
  }

  intersection(other: AddressSet): AddressSet {
    return new AddressSet(
      intersectRanges(this.#solid, other.#solid),
      this.#avoidsBuggy || other.#avoidsBuggy,
    );
  }

  #sizeOf(range: IpRange): bigint {
    return rangeSize(range) - (this.#avoidsBuggy ? countBuggyAddresses(range) : 0n);
  }
}
