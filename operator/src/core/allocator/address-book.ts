import { countBuggyAddresses, type IpAddress, type IpFamily, isBuggyAddress } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";
import { TakenRuns } from "./taken-runs.ts";

/** `namespace/name` of a Service. */
export type ServiceKey = string;

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
  /** Services that hold the address, by name. Two can: MetalLB shares, and what was shared stays shared. */
  holdersOf(address: IpAddress): readonly ServiceKey[];
  /** The lowest free address, in the order of the pool's `spec.addresses`: that order is a promise to users. */
  lowestFree(pool: PoolSpace, family: IpFamily): IpAddress | undefined;
  /** How many distinct addresses of the pool are held. */
  countHeld(pool: PoolSpace, family: IpFamily): bigint;
  /** How many Services hold an address of the pool. */
  countHolders(pool: PoolSpace): number;
}

interface Entry {
  observed: readonly IpAddress[];
  reserved: readonly IpAddress[];
}

const nothing: Entry = { observed: [], reserved: [] };

/**
 * Who holds which address. Nothing here is stored: the statuses of the Services are the database, and the book is
 * rebuilt from them at every start (reference metallb.md, section 3.7).
 *
 * An address counts as held while a status shows it or while it is reserved, so an address that is being taken from
 * one Service cannot reach a second one before the first status is really without it. Every change says whether an
 * address became free, because that is what those who wait for one want to know.
 */
export class AddressBook implements HeldAddresses {
  readonly #entries = new Map<ServiceKey, Entry>();
  readonly #holders = new Map<string, Set<ServiceKey>>();
  readonly #taken: Readonly<Record<IpFamily, TakenRuns>> = { IPv4: new TakenRuns(), IPv6: new TakenRuns() };

  observedFor(service: ServiceKey): readonly IpAddress[] {
    return this.#entries.get(service)?.observed ?? [];
  }

  reservedFor(service: ServiceKey): readonly IpAddress[] {
    return this.#entries.get(service)?.reserved ?? [];
  }

  holdersOf(address: IpAddress): readonly ServiceKey[] {
    return [...(this.#holders.get(addressKey(address)) ?? [])].sort();
  }

  lowestFree(pool: PoolSpace, family: IpFamily): IpAddress | undefined {
    for (const range of pool.ranges) {
      if (range.family !== family) continue;
      for (const value of this.#taken[family].gaps(range)) {
        const address = { family, value };
        if (isGivenOut(address, pool)) return Object.freeze(address);
      }
    }
    return undefined;
  }

  countHeld(pool: PoolSpace, family: IpFamily): bigint {
    let count = 0n;
    for (const range of pool.ranges) {
      if (range.family !== family) continue;
      for (const { first, last } of this.#taken[family].within(range)) {
        const held = last - first + 1n;
        count += pool.avoidBuggyIps ? held - countBuggyAddresses({ family, first, last }) : held;
      }
    }
    return count;
  }

  countHolders(pool: PoolSpace): number {
    const services = new Set<ServiceKey>();
    for (const range of pool.ranges) {
      for (const value of this.#taken[range.family].valuesWithin(range)) {
        const address = { family: range.family, value };
        if (!isGivenOut(address, pool)) continue;
        for (const holder of this.#holders.get(addressKey(address)) ?? []) services.add(holder);
      }
    }
    return services.size;
  }

  /** Records what the Service's status shows now. */
  observe(service: ServiceKey, addresses: readonly IpAddress[]): { readonly freed: boolean } {
    return this.#replace(service, { observed: addresses, reserved: this.reservedFor(service) });
  }

  /** Records what has been decided for the Service. */
  reserve(service: ServiceKey, addresses: readonly IpAddress[]): { readonly freed: boolean } {
    return this.#replace(service, { observed: this.observedFor(service), reserved: addresses });
  }

  /** The Service is gone. */
  forget(service: ServiceKey): { readonly freed: boolean } {
    return this.#replace(service, nothing);
  }

  #replace(service: ServiceKey, next: Entry): { readonly freed: boolean } {
    const before = heldIn(this.#entries.get(service) ?? nothing);
    const after = heldIn(next);
    if (after.size === 0) this.#entries.delete(service);
    else this.#entries.set(service, next);
    for (const [key, address] of after) if (!before.has(key)) this.#hold(service, key, address);
    let freed = false;
    for (const [key, address] of before) {
      if (!after.has(key)) freed = this.#release(service, key, address) || freed;
    }
    return { freed };
  }

  #hold(service: ServiceKey, key: string, address: IpAddress): void {
    const holders = this.#holders.get(key);
    if (holders !== undefined) {
      holders.add(service);
      return;
    }
    this.#holders.set(key, new Set([service]));
    this.#taken[address.family].add(address.value);
  }

  #release(service: ServiceKey, key: string, address: IpAddress): boolean {
    const holders = this.#holders.get(key);
    holders?.delete(service);
    if (holders === undefined || holders.size > 0) return false;
    this.#holders.delete(key);
    this.#taken[address.family].remove(address.value);
    return true;
  }
}

function isGivenOut(address: IpAddress, { avoidBuggyIps }: PoolSpace): boolean {
  return !(avoidBuggyIps && isBuggyAddress(address));
}

function heldIn(entry: Entry): ReadonlyMap<string, IpAddress> {
  return new Map([...entry.observed, ...entry.reserved].map((address) => [addressKey(address), address]));
}

function addressKey(address: IpAddress): string {
  return `${address.family}#${address.value}`;
}
