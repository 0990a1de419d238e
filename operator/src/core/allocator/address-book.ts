import { type AddressSet, type IpAddress, type IpFamily, type IpRange } from "@steelyard/model/address";
import { TakenRuns } from "./taken-runs.ts";

/** `namespace/name` of a Service. */
export type ServiceKey = string;

/** What a decision may read of the address book. */
export interface HeldAddresses {
  /** What the Service's status shows, as far as it is ours to manage; in the order of the status. */
  observedFor(service: ServiceKey): readonly IpAddress[];
  /** What has been decided for the Service; its status may not show it yet. */
  reservedFor(service: ServiceKey): readonly IpAddress[];
  /** Services that hold the address, by name. Two can: MetalLB shares, and what was shared stays shared. */
  holdersOf(address: IpAddress): readonly ServiceKey[];
  /** The lowest free address, range by range in the given order. */
  lowestFree(ranges: readonly IpRange[]): IpAddress | undefined;
  /** How many distinct addresses of the set are held. */
  countHeld(addresses: AddressSet, family: IpFamily): bigint;
  /** How many Services hold an address of the set. */
  countHolders(addresses: AddressSet): number;
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

  lowestFree(ranges: readonly IpRange[]): IpAddress | undefined {
    for (const range of ranges) {
      const value = this.#taken[range.family].lowestGap(range);
      if (value !== undefined) return Object.freeze({ family: range.family, value });
    }
    return undefined;
  }

  countHeld(addresses: AddressSet, family: IpFamily): bigint {
    return addresses.ranges
      .filter((range) => range.family === family)
      .reduce((sum, range) => sum + this.#taken[family].countWithin(range), 0n);
  }

  countHolders(addresses: AddressSet): number {
    const services = new Set<ServiceKey>();
    for (const range of addresses.ranges) {
      for (const value of this.#taken[range.family].valuesWithin(range)) {
        for (const holder of this.#holders.get(addressKey({ family: range.family, value })) ?? []) {
          services.add(holder);
        }
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

function heldIn(entry: Entry): ReadonlyMap<string, IpAddress> {
  return new Map([...entry.observed, ...entry.reserved].map((address) => [addressKey(address), address]));
}

function addressKey(address: IpAddress): string {
  return `${address.family}#${address.value}`;
}
