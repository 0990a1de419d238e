import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type BuiltConfig, type Pool } from "@steelyard/model/config";
import { type HeldAddresses } from "./address-book.ts";
import { type Applicant, candidatePools } from "./candidate-pools.ts";
import { type ServiceKey } from "./holders.ts";
import { type ConsideredPool, type PoolVerdict } from "./pool-verdict.ts";
import { type Sharing } from "./sharing.ts";
import { type WantedFamilies } from "./wanted-families.ts";

/** Who an address is for. */
export interface Seeker {
  readonly key: ServiceKey;
  readonly applicant: Applicant;
  readonly wanted: WantedFamilies;
  readonly sharing: Sharing | undefined;
  /** What it had and lost when no pool contained it any more: it gets these back if it can. */
  readonly remembered: readonly IpAddress[];
}

export interface Assignment {
  readonly pool: Pool;
  /** IPv4 before IPv6. */
  readonly addresses: readonly IpAddress[];
}

export interface Allocation {
  readonly assigned: Assignment | undefined;
  /** With an assignment: the pools asked up to it. Without: every pool there is, in the order they were considered. */
  readonly considered: readonly ConsideredPool[];
}

/** What a pool gives, or the reason why it gives nothing. */
export type Offer =
  | { readonly ok: true; readonly addresses: readonly IpAddress[] }
  | { readonly ok: false; readonly verdict: PoolVerdict };

/**
 * Chooses addresses for a Service that asks for none in particular: from the first candidate pool that has them, the
 * lowest free ones in the order of the pool's entries (reference metallb.md, section 3.3). Both addresses of a
 * dual-stack Service come from one pool. The same pools and the same book give the same answer.
 */
export function allocate(seeker: Seeker, built: BuiltConfig, held: HeldAddresses): Allocation {
  const { tiers, passedOver } = candidatePools(seeker.applicant, built);
  const attempts = familyAttempts(seeker.wanted);
  const considered = new Map<string, PoolVerdict>();
  for (const tier of tiers) {
    for (const families of attempts) {
      for (const pool of tier) {
        const offer = offerFrom(pool, families, seeker, held);
        if (offer.ok) return { assigned: { pool, addresses: offer.addresses }, considered: list(considered) };
        noteVerdict(considered, pool, offer.verdict);
      }
    }
  }
  return { assigned: undefined, considered: [...list(considered), ...passedOver] };
}

/**
 * What a pool can give of all the families at once, or what it is short of. What the Service shows or has reserved goes
 * first: it is taken by the Service itself, so to look for another one would give and free addresses without end. What it
 * had once comes next.
 */
export function offerFrom(
  pool: Pool,
  families: readonly IpFamily[],
  seeker: Seeker,
  held: HeldAddresses,
): Offer {
  const lacking = families.find((family) => pool.addresses.count(family) === 0n);
  if (lacking !== undefined) return { ok: false, verdict: { is: "lacks-family", family: lacking } };
  const addresses: IpAddress[] = [];
  for (const family of families) {
    const address = ownIn(pool, family, seeker, held) ?? held.lowestUsable(pool, family, seeker.sharing);
    if (address === undefined) return { ok: false, verdict: fullVerdict(pool, family, seeker, held) };
    addresses.push(address);
  }
  return { ok: true, addresses };
}

/** Numbers alone would hide from a Service with a sharing key the rule that keeps it from sharing (users.md, section 2.2). */
function fullVerdict(
  pool: Pool,
  family: IpFamily,
  { key, sharing }: Seeker,
  held: HeldAddresses,
): PoolVerdict {
  const unshared = held.unsharedIn(pool, family, key, sharing);
  const quarantined = held.quarantinedIn(pool, family);
  return {
    is: "full",
    family,
    held: held.countHeld(pool, family),
    total: pool.addresses.count(family),
    ...(unshared && { unshared }),
    ...(quarantined.length > 0 && { quarantined }),
  };
}

/** What of the pool is the Service's, or was its own before. */
function ownIn(
  pool: Pool,
  family: IpFamily,
  { key, sharing, remembered }: Seeker,
  held: HeldAddresses,
): IpAddress | undefined {
  const isHere = (address: IpAddress): boolean =>
    address.family === family && pool.addresses.has(address) && held.quarantineOf(address) === undefined;
  const own = [...held.observedFor(key), ...held.reservedFor(key)];
  return (
    own.find((address) => isHere(address) && held.rivalOf(key, address) === undefined) ??
    remembered.find((address) => isHere(address) && held.whyNotUsable(address, key, sharing) === undefined)
  );
}

/** A pool that is full of one family and lacks the other is, for the reader, full: that is what can be mended. */
export function noteVerdict(considered: Map<string, PoolVerdict>, pool: Pool, verdict: PoolVerdict): void {
  if (considered.get(pool.name)?.is !== "full") considered.set(pool.name, verdict);
}

/** The combinations of families to try, best first; a tier of pools is searched through for each before the next. */
export function familyAttempts(wanted: WantedFamilies): readonly (readonly IpFamily[])[] {
  switch (wanted.want) {
    case "one":
      return [[wanted.family]];
    case "both":
      return [["IPv4", "IPv6"]];
    case "both-if-possible":
      return [["IPv4", "IPv6"], [wanted.primary], [wanted.secondary]];
    case "nothing":
      return [];
  }
}

function list(considered: ReadonlyMap<string, PoolVerdict>): readonly ConsideredPool[] {
  return [...considered].map(([pool, verdict]) => ({ pool, verdict }));
}
