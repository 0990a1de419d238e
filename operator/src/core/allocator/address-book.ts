import {
  includesIpAddress,
  type IpAddress,
  type IpFamily,
  type IpRange,
  isBuggyAddress,
} from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";
import {
  type AddressConflict,
  type HolderFacts,
  Holders,
  ordinaryHolder,
  type ServiceKey,
} from "./holders.ts";
import { type Quarantine, type QuarantinedAddress, Quarantines } from "./quarantine.ts";
import { type Sharing } from "./sharing.ts";
import { TakenRuns } from "./taken-runs.ts";
import { Vacancies } from "./vacancies.ts";

/**
 * What of a pool tells which addresses it gives out. Its ranges and the rule, not its AddressSet: a set without the buggy
 * addresses is one range per /24, and nobody should have to list those of 0.0.0.0/0.
 */
export type PoolSpace = Pick<Pool, "ranges" | "avoidBuggyIps">;

/** What a decision may read of the address book. */
export interface HeldAddresses {
  /** What the Service's status shows, as far as it is ours to manage; in the order of the status. */
  observedFor(service: ServiceKey): readonly IpAddress[];
  /** What has been decided for the Service; its status may not show it yet. */
  reservedFor(service: ServiceKey): readonly IpAddress[];
  /** The status has shown all that is reserved: if it does not now, somebody else has changed it. */
  wasShown(service: ServiceKey): boolean;
  /** Services that hold the address, by name. */
  holdersOf(address: IpAddress): readonly ServiceKey[];
  /**
   * The lowest address that is free, or that its holders share with such a Service, in the order of the pool's
   * `spec.addresses`: that order is a promise to users.
   */
  lowestUsable(pool: PoolSpace, family: IpFamily, sharing: Sharing | undefined): IpAddress | undefined;
  /** Who keeps the Service from taking the address, and by which rule; undefined when it may. */
  whyNotUsable(
    address: IpAddress,
    service: ServiceKey,
    sharing: Sharing | undefined,
  ): AddressConflict | undefined;
  /** The lowest address of the pool that is held by the same key and that such a Service cannot share, and why. */
  unsharedIn(
    pool: Pick<Pool, "addresses">,
    family: IpFamily,
    service: ServiceKey,
    sharing: Sharing | undefined,
  ): AddressConflict | undefined;
  /** Who has a better claim to an address that the Service holds as well, and does not share it. */
  rivalOf(service: ServiceKey, address: IpAddress): AddressConflict | undefined;
  /** Who outside the cluster answers for the address, so that it is given to nobody. */
  quarantineOf(address: IpAddress): QuarantinedAddress | undefined;
  /** The addresses of the pool that are kept back for that reason, and that no Service holds; ascending. */
  quarantinedIn(pool: Pick<Pool, "addresses">, family: IpFamily): readonly QuarantinedAddress[];
  /** How many addresses this host outside the cluster answers for. */
  countQuarantinedBy(mac: string): number;
  /** How many distinct addresses of the pool are held. */
  countHeld(pool: PoolSpace, family: IpFamily): bigint;
}

interface Entry {
  observed: readonly IpAddress[];
  reserved: readonly IpAddress[];
  wasShown: boolean;
}

const nothing: Entry = { observed: [], reserved: [], wasShown: false };

/**
 * Who holds which address. Nothing here is stored: the statuses of the Services are the database, and the book is
 * rebuilt from them at every start (reference metallb.md, section 3.7).
 *
 * An address counts as held while a status shows it or while it is reserved, so an address that is being taken from
 * one Service cannot reach a second one before the first status is really without it. Every change says whether an
 * address became free, or free to share, because that is what those who wait for one want to know.
 */
export class AddressBook implements HeldAddresses {
  readonly #entries = new Map<ServiceKey, Entry>();
  readonly #holders = new Holders();
  readonly #vacancies = new Vacancies();
  readonly #quarantines = new Quarantines();
  readonly #taken: Readonly<Record<IpFamily, TakenRuns>> = { IPv4: new TakenRuns(), IPv6: new TakenRuns() };
  /** Those of them that a pool with avoidBuggyIPs does not count; only IPv4 has such addresses. */
  readonly #buggyTaken = new TakenRuns();

  observedFor(service: ServiceKey): readonly IpAddress[] {
    return this.#entries.get(service)?.observed ?? [];
  }

  reservedFor(service: ServiceKey): readonly IpAddress[] {
    return this.#entries.get(service)?.reserved ?? [];
  }

  wasShown(service: ServiceKey): boolean {
    return this.#entries.get(service)?.wasShown ?? false;
  }

  holdersOf(address: IpAddress): readonly ServiceKey[] {
    return [...this.#holders.of(address)].sort();
  }

  lowestUsable(pool: PoolSpace, family: IpFamily, sharing: Sharing | undefined): IpAddress | undefined {
    const shareable = this.#holders
      .shareable(sharing)
      .filter((address) => isGivenOut(address, pool) && this.quarantineOf(address) === undefined);
    const lowestFree = (range: IpRange): IpAddress | undefined => this.#lowestFree(range, pool);
    if (shareable.length === 0) return this.#vacancies.find(pool, family, lowestFree);
    // A range that is full may still hold an address to share.
    for (const range of pool.ranges) {
      if (range.family !== family) continue;
      const lowest = lowestWithin(range, shareable, lowestFree(range));
      if (lowest !== undefined) return lowest;
    }
    return undefined;
  }

  whyNotUsable(
    address: IpAddress,
    service: ServiceKey,
    sharing: Sharing | undefined,
  ): AddressConflict | undefined {
    return this.#holders.conflictOf(address, service, sharing);
  }

  unsharedIn(
    pool: Pick<Pool, "addresses">,
    family: IpFamily,
    service: ServiceKey,
    sharing: Sharing | undefined,
  ): AddressConflict | undefined {
    const isHere = (address: IpAddress): boolean => address.family === family && pool.addresses.has(address);
    return this.#holders.unshared(service, sharing, isHere);
  }

  rivalOf(service: ServiceKey, address: IpAddress): AddressConflict | undefined {
    return this.#holders.rivalOf(service, address, (holder) => this.#isLeaving(holder, address));
  }

  quarantineOf(address: IpAddress): QuarantinedAddress | undefined {
    return this.#quarantines.of(address);
  }

  countQuarantinedBy(mac: string): number {
    return this.#quarantines.countOf(mac);
  }

  quarantinedIn(pool: Pick<Pool, "addresses">, family: IpFamily): readonly QuarantinedAddress[] {
    return this.#quarantines.in(pool, family).filter(({ address }) => this.#holders.of(address).size === 0);
  }

  /** Keeps the address back, whoever holds it now; undefined ends that. */
  quarantine(address: IpAddress, quarantine: Quarantine | undefined): { readonly changed: boolean } {
    const { changed, ended } = this.#quarantines.set(address, quarantine);
    if (ended) this.#vacancies.noteFreed(address);
    return { changed };
  }

  countHeld(pool: PoolSpace, family: IpFamily): bigint {
    let count = 0n;
    for (const range of pool.ranges) {
      if (range.family !== family) continue;
      count += this.#taken[family].count(range);
      if (pool.avoidBuggyIps && family === "IPv4") count -= this.#buggyTaken.count(range);
    }
    return count;
  }

  /** Records what the Service's status shows now, and what else is known of it. */
  observe(
    service: ServiceKey,
    addresses: readonly IpAddress[],
    facts: HolderFacts = ordinaryHolder,
  ): { readonly freed: boolean } {
    const reserved = this.reservedFor(service);
    const wasShown = this.wasShown(service) || isShown(reserved, addresses);
    const { freed } = this.#replace(service, { observed: addresses, reserved, wasShown });
    const held = heldIn(this.#entries.get(service) ?? nothing);
    return { freed: this.#holders.describe(service, facts, held) || freed };
  }

  /** Records what has been decided for the Service. */
  reserve(service: ServiceKey, addresses: readonly IpAddress[]): { readonly freed: boolean } {
    const observed = this.observedFor(service);
    const isSame =
      isShown(this.reservedFor(service), addresses) && isShown(addresses, this.reservedFor(service));
    const wasShown = (isSame && this.wasShown(service)) || isShown(addresses, observed);
    return this.#replace(service, { observed, reserved: addresses, wasShown });
  }

  /** The Service is gone. */
  forget(service: ServiceKey): { readonly freed: boolean } {
    const result = this.#replace(service, nothing);
    this.#holders.forget(service);
    return result;
  }

  #replace(service: ServiceKey, next: Entry): { readonly freed: boolean } {
    const before = heldIn(this.#entries.get(service) ?? nothing);
    const after = heldIn(next);
    if (after.length === 0) this.#entries.delete(service);
    else this.#entries.set(service, next);
    for (const address of after) {
      if (!includesIpAddress(before, address) && this.#holders.add(service, address)) this.#take(address);
    }
    let freed = false;
    for (const address of before) {
      if (includesIpAddress(after, address)) continue;
      // Those who stay may get along with somebody who did not get along with this one.
      freed = true;
      if (this.#holders.remove(service, address)) this.#release(address);
    }
    return { freed };
  }

  #take(address: IpAddress): void {
    this.#taken[address.family].add(address.value);
    if (isBuggyAddress(address)) this.#buggyTaken.add(address.value);
  }

  #release(address: IpAddress): void {
    this.#taken[address.family].remove(address.value);
    if (isBuggyAddress(address)) this.#buggyTaken.remove(address.value);
    this.#vacancies.noteFreed(address);
  }

  #lowestFree(range: IpRange, pool: PoolSpace): IpAddress | undefined {
    const { family } = range;
    for (let value = this.#taken[family].lowestGap(range); value !== undefined;) {
      const address = { family, value };
      if (isGivenOut(address, pool) && this.quarantineOf(address) === undefined)
        return Object.freeze(address);
      value = this.#taken[family].lowestGap(range, value + 1n);
    }
    return undefined;
  }

  /** It has been decided that the Service shall have others instead, and its status does not show that yet. */
  #isLeaving(service: ServiceKey, address: IpAddress): boolean {
    const reserved = this.reservedFor(service);
    return reserved.length > 0 && !includesIpAddress(reserved, address);
  }
}

function isShown(addresses: readonly IpAddress[], shown: readonly IpAddress[]): boolean {
  return addresses.length > 0 && addresses.every((address) => includesIpAddress(shown, address));
}

function isGivenOut(address: IpAddress, { avoidBuggyIps }: PoolSpace): boolean {
  return !(avoidBuggyIps && isBuggyAddress(address));
}

function isWithin({ family, value }: IpAddress, range: IpRange): boolean {
  return family === range.family && value >= range.first && value <= range.last;
}

/** The lowest of `free` and the addresses that lie in the range. */
function lowestWithin(
  range: IpRange,
  addresses: readonly IpAddress[],
  free: IpAddress | undefined,
): IpAddress | undefined {
  return addresses
    .filter((address) => isWithin(address, range))
    .reduce((best, address) => lower(best, address), free);
}

function lower(best: IpAddress | undefined, address: IpAddress): IpAddress {
  return best === undefined || address.value < best.value ? address : best;
}

/** A handful at most: lists are compared faster than texts of addresses are made. */
function heldIn({ observed, reserved }: Entry): readonly IpAddress[] {
  if (reserved.length === 0) return observed;
  return [...observed, ...reserved.filter((address) => !includesIpAddress(observed, address))];
}
