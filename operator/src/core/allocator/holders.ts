import { compareIpAddresses, type IpAddress } from "@steelyard/model/address";
import { isSameSharing, type Sharing, type SharingRefusal, whyNotShare } from "./sharing.ts";

/** `namespace/name` of a Service. */
export type ServiceKey = string;

/** Two Services want one address and do not share it. */
export interface AddressConflict {
  readonly address: IpAddress;
  /** The Service that has it. */
  readonly holder: ServiceKey;
  readonly refusal: SharingRefusal;
}

/** What else of a Service decides about the addresses it holds. */
export interface HolderFacts {
  /** undefined = nothing is known of it; it shares with nobody. */
  readonly sharing: Sharing | undefined;
  /** It belongs to somebody else or is on the way out: what it shows is in use, but it takes nothing away from a Service of ours. */
  readonly isForeign: boolean;
}

export const ordinaryHolder: HolderFacts = { sharing: undefined, isForeign: false };

const smallestSweep = 1_024;

/**
 * Which Services hold each address, in the order in which they came to it. Whoever changes what it shares by, so that it
 * does not get along with the others any more, goes to the end: of those who do not get along the first one keeps it.
 */
export class Holders {
  /** Empty where an address is held no longer: an entry that goes and comes again and again makes a large Map slow. */
  readonly #byAddress = new Map<string, Set<ServiceKey>>();
  #vacant = 0;
  readonly #facts = new Map<ServiceKey, HolderFacts>();
  /** By sharing key, the addresses that have a holder with this key. */
  readonly #bySharingKey = new Map<string, Map<string, IpAddress>>();

  of(address: IpAddress): ReadonlySet<ServiceKey> {
    return this.#byAddress.get(addressKey(address)) ?? nobody;
  }

  /** @returns whether the address had no holder before */
  add(service: ServiceKey, address: IpAddress): boolean {
    const key = addressKey(address);
    const holders = this.#byAddress.get(key);
    const wasFree = holders === undefined || holders.size === 0;
    if (holders === undefined) this.#byAddress.set(key, new Set([service]));
    else {
      if (wasFree) this.#vacant -= 1;
      holders.add(service);
    }
    this.#indexSharing(address, this.#sharingOf(service)?.key);
    return wasFree;
  }

  /** @returns whether the address has no holder any more */
  remove(service: ServiceKey, address: IpAddress): boolean {
    const key = addressKey(address);
    const holders = this.#byAddress.get(key);
    if (holders?.delete(service) !== true) return false;
    this.#indexSharing(address, this.#sharingOf(service)?.key);
    if (holders.size > 0) return false;
    this.#vacant += 1;
    this.#dropVacant();
    return true;
  }

  /**
   * Records what is known of a holder of `held`.
   *
   * @returns whether somebody may share with it now who could not before
   */
  describe(service: ServiceKey, facts: HolderFacts, held: Iterable<IpAddress>): boolean {
    const before = this.#facts.get(service) ?? ordinaryHolder;
    // Of most Services in a cluster there is nothing to know.
    if (facts.sharing === undefined && !facts.isForeign) this.#facts.delete(service);
    else this.#facts.set(service, facts);
    if (before.isForeign === facts.isForeign && isSameSharing(before.sharing, facts.sharing)) return false;
    let holdsAny = false;
    for (const address of held) {
      holdsAny = true;
      this.#indexSharing(address, before.sharing?.key);
      this.#indexSharing(address, facts.sharing?.key);
      this.#stepBack(service, address);
    }
    return holdsAny;
  }

  forget(service: ServiceKey): void {
    this.#facts.delete(service);
  }

  /** Who of the holders keeps such a Service away from the address, by name; undefined when nobody does. */
  conflictOf(
    address: IpAddress,
    service: ServiceKey | undefined,
    sharing: Sharing | undefined,
  ): AddressConflict | undefined {
    const others = [...this.of(address)].filter((holder) => holder !== service);
    return this.#firstConflict(address, sharing, others.sort());
  }

  /**
   * Who has a better claim to an address that the Service holds as well: one that came earlier and does not share with
   * it. Those for whom `isLeaving` holds do not count, nor do foreigners.
   */
  rivalOf(
    service: ServiceKey,
    address: IpAddress,
    isLeaving: (holder: ServiceKey) => boolean,
  ): AddressConflict | undefined {
    const holders = this.of(address);
    if (holders.size < 2) return undefined;
    const keepers: ServiceKey[] = [];
    for (const holder of holders) {
      if (this.#facts.get(holder)?.isForeign === true) continue;
      if (holder !== service && isLeaving(holder)) continue;
      const conflict = this.#firstConflict(address, this.#sharingOf(holder), keepers);
      if (holder === service) return conflict;
      if (conflict === undefined) keepers.push(holder);
    }
    return undefined;
  }

  /** The addresses in use that such a Service may share. */
  shareable(sharing: Sharing | undefined): readonly IpAddress[] {
    return this.#heldBySameKey(sharing).filter(
      (address) => this.conflictOf(address, undefined, sharing) === undefined,
    );
  }

  /** Of the addresses that are in use by the same key, the lowest that such a Service may not share, and why. */
  unshared(
    service: ServiceKey,
    sharing: Sharing | undefined,
    isMeant: (address: IpAddress) => boolean,
  ): AddressConflict | undefined {
    for (const address of this.#heldBySameKey(sharing).filter(isMeant).sort(compareIpAddresses)) {
      const conflict = this.conflictOf(address, service, sharing);
      if (conflict?.refusal.rule === "backend" || conflict?.refusal.rule === "port") return conflict;
    }
    return undefined;
  }

  #heldBySameKey(sharing: Sharing | undefined): readonly IpAddress[] {
    return sharing?.key === undefined ? [] : [...(this.#bySharingKey.get(sharing.key)?.values() ?? [])];
  }

  /** Swept when most entries are empty, so that the Map follows the cluster. */
  #dropVacant(): void {
    if (this.#vacant < smallestSweep || this.#vacant * 2 < this.#byAddress.size) return;
    for (const [key, holders] of this.#byAddress) if (holders.size === 0) this.#byAddress.delete(key);
    this.#vacant = 0;
  }

  #sharingOf(service: ServiceKey): Sharing | undefined {
    return this.#facts.get(service)?.sharing;
  }

  #firstConflict(
    address: IpAddress,
    sharing: Sharing | undefined,
    others: readonly ServiceKey[],
  ): AddressConflict | undefined {
    for (const holder of others) {
      const refusal = whyNotShare(sharing, this.#sharingOf(holder));
      if (refusal !== undefined) return { address, holder, refusal };
    }
    return undefined;
  }

  /** To the end of the holders, if the Service does not get along with one of them. */
  #stepBack(service: ServiceKey, address: IpAddress): void {
    const holders = this.#byAddress.get(addressKey(address));
    if (holders === undefined || this.conflictOf(address, service, this.#sharingOf(service)) === undefined)
      return;
    holders.delete(service);
    holders.add(service);
  }

  /** Brings the index in step for one address and one sharing key. */
  #indexSharing(address: IpAddress, sharingKey: string | undefined): void {
    if (sharingKey === undefined) return;
    const addresses = this.#bySharingKey.get(sharingKey) ?? new Map<string, IpAddress>();
    const isShared = [...this.of(address)].some((holder) => this.#sharingOf(holder)?.key === sharingKey);
    if (isShared) addresses.set(addressKey(address), address);
    else addresses.delete(addressKey(address));
    if (addresses.size === 0) this.#bySharingKey.delete(sharingKey);
    else this.#bySharingKey.set(sharingKey, addresses);
  }
}

const nobody: ReadonlySet<ServiceKey> = new Set();

/** Equal for equal addresses. */
export function addressKey(address: IpAddress): string {
  return `${address.family}#${address.value}`;
}
