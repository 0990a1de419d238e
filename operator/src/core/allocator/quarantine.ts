import { type IpAddress, type IpFamily } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";
import { addressKey } from "./holders.ts";

/** Who of outside the cluster answers for an address, and which node has seen it. */
export interface Quarantine {
  readonly mac: string;
  readonly node: string;
}

export interface QuarantinedAddress extends Quarantine {
  readonly address: IpAddress;
}

/**
 * Whoever answers for so many addresses answers for the next one too, as a router with proxy ARP does: to go on trying
 * would lead every Service through the whole pool.
 */
export const mostOfOneHost = 8;

/** The addresses that are given to nobody because somebody outside the cluster answers for them. A handful at most. */
export class Quarantines {
  readonly #byAddress = new Map<string, QuarantinedAddress>();

  of(address: IpAddress): QuarantinedAddress | undefined {
    return this.#byAddress.size === 0 ? undefined : this.#byAddress.get(addressKey(address));
  }

  /** How many of them this host answers for. */
  countOf(mac: string): number {
    return [...this.#byAddress.values()].filter((one) => one.mac === mac).length;
  }

  /** undefined ends it. @returns whether anything is different, and whether the address is in quarantine no longer */
  set(
    address: IpAddress,
    quarantine: Quarantine | undefined,
  ): { readonly changed: boolean; readonly ended: boolean } {
    const key = addressKey(address);
    const before = this.#byAddress.get(key);
    const changed = before?.mac !== quarantine?.mac || before?.node !== quarantine?.node;
    if (quarantine === undefined) return { changed, ended: this.#byAddress.delete(key) };
    this.#byAddress.set(key, { address, mac: quarantine.mac, node: quarantine.node });
    return { changed, ended: false };
  }

  /** In the order of the addresses. */
  in(pool: Pick<Pool, "addresses">, family: IpFamily): readonly QuarantinedAddress[] {
    return [...this.#byAddress.values()]
      .filter(({ address }) => address.family === family && pool.addresses.has(address))
      .sort((a, b) => (a.address.value < b.address.value ? -1 : 1));
  }
}
