import { type IpFamily, type IpPrefix } from "@steelyard/model/address";

/** A bounded memory of the prefixes a router has announced and not withdrawn, to count them; by family. */
export type ReceivedPrefixes = Readonly<Record<IpFamily, PrefixSample>>;

/**
 * Adaptive sampling (Wegman; Flajolet 1990): of all prefixes those are kept whose hash ends in `level` zeros. With level 0
 * that is every one. A withdrawal of one that was never announced finds nothing, so that it cannot falsify the count.
 */
interface PrefixSample {
  readonly level: number;
  readonly size: number;
  /** Hashes by their highest bits, so that a change copies one short list. */
  readonly buckets: readonly ReadonlySet<number>[];
}

/** Above this many prefixes of a family the count becomes an estimate, one or two percent off. */
const MOST_KEPT = 8192;
const BUCKET_BITS = 10;
const EMPTY: ReadonlySet<number> = new Set();

const noPrefixes: PrefixSample = {
  level: 0,
  size: 0,
  buckets: new Array<ReadonlySet<number>>(1 << BUCKET_BITS).fill(EMPTY),
};

export const nothingReceived: ReceivedPrefixes = { IPv4: noPrefixes, IPv6: noPrefixes };

/** Withdrawals first, as in the message (RFC 4271, section 3.1: a prefix in both is announced). */
export function receivePrefixes(
  before: ReceivedPrefixes,
  withdrawn: readonly IpPrefix[],
  announced: readonly IpPrefix[],
): ReceivedPrefixes {
  if (withdrawn.length === 0 && announced.length === 0) return before;
  const change = { IPv4: new Change(before.IPv4), IPv6: new Change(before.IPv6) };
  for (const prefix of withdrawn) change[prefix.network.family].withdraw(hashOf(prefix));
  for (const prefix of announced) change[prefix.network.family].announce(hashOf(prefix));
  const [IPv4, IPv6] = [change.IPv4.result(), change.IPv6.result()];
  return IPv4 === before.IPv4 && IPv6 === before.IPv6 ? before : { IPv4, IPv6 };
}

export function countReceived({ IPv4, IPv6 }: ReceivedPrefixes): Readonly<Record<IpFamily, number>> {
  return { IPv4: IPv4.size * 2 ** IPv4.level, IPv6: IPv6.size * 2 ** IPv6.level };
}

/** One step's changes to a sample; what it began with stays as it was. */
class Change {
  readonly #before: PrefixSample;
  #level: number;
  #size: number;
  readonly #own = new Map<number, Set<number>>();

  constructor(before: PrefixSample) {
    this.#before = before;
    this.#level = before.level;
    this.#size = before.size;
  }

  announce(hash: number): void {
    if (!this.#isSampled(hash) || this.#bucket(hash).has(hash)) return;
    this.#ownBucket(hash).add(hash);
    this.#size++;
    while (this.#size > MOST_KEPT) this.#thinOut();
  }

  withdraw(hash: number): void {
    if (!this.#isSampled(hash) || !this.#bucket(hash).has(hash)) return;
    this.#ownBucket(hash).delete(hash);
    this.#size--;
  }

  result(): PrefixSample {
    if (this.#own.size === 0) return this.#before;
    const buckets = [...this.#before.buckets];
    for (const [index, bucket] of this.#own) buckets[index] = bucket;
    return { level: this.#level, size: this.#size, buckets };
  }

  #isSampled(hash: number): boolean {
    return (hash & ((1 << this.#level) - 1)) === 0;
  }

  #thinOut(): void {
    this.#level++;
    this.#size = 0;
    for (let index = 0; index < this.#before.buckets.length; index++) {
      const bucket = this.#own.get(index) ?? this.#before.buckets[index] ?? EMPTY;
      const rest = new Set([...bucket].filter((hash) => this.#isSampled(hash)));
      this.#own.set(index, rest);
      this.#size += rest.size;
    }
  }

  #bucket(hash: number): ReadonlySet<number> {
    const index = hash >>> (32 - BUCKET_BITS);
    return this.#own.get(index) ?? this.#before.buckets[index] ?? EMPTY;
  }

  #ownBucket(hash: number): Set<number> {
    const index = hash >>> (32 - BUCKET_BITS);
    const own = this.#own.get(index) ?? new Set(this.#before.buckets[index]);
    this.#own.set(index, own);
    return own;
  }
}

const LOW_WORD = 0xffff_ffffn;

/** 32 bits that depend on every bit of the prefix (the finaliser of MurmurHash3 over its words). */
function hashOf({ network, length }: IpPrefix): number {
  let hash = mix(length);
  let rest = network.value;
  for (; rest > LOW_WORD; rest >>= 32n) hash = mix(hash ^ Number(rest & LOW_WORD));
  // Of IPv4 that is all there is.
  return mix(hash ^ Number(rest)) >>> 0;
}

function mix(word: number): number {
  let hash = word | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
