import { ADDRESS_BITS, sameIpAddress } from "@steelyard/model/address";
import {
  type InterfaceAddress,
  type InterfaceAddresses,
  type Refusal,
} from "../../ports/interface-addresses.ts";
import { type MemoryLinks } from "./memory-links.ts";

/** Addresses of a simulated host. Answers come in a later turn, in order. */
export class MemoryInterfaceAddresses implements InterfaceAddresses {
  readonly #links: MemoryLinks;
  #closed = false;
  /** Set by a test: what every change is refused with. */
  refusal: Refusal;

  constructor(links: MemoryLinks) {
    this.#links = links;
  }

  add({ interfaceIndex, address }: InterfaceAddress, onDone: (refusal: Refusal) => void): void {
    const prefixLength = ADDRESS_BITS[address.family];
    this.#change(interfaceIndex, onDone, (addresses) =>
      addresses.some((each) => sameIpAddress(each.address, address) && each.prefixLength === prefixLength)
        ? "EEXIST"
        : [...addresses, { address, prefixLength, bound: true as const }],
    );
  }

  remove({ interfaceIndex, address }: InterfaceAddress, onDone: (refusal: Refusal) => void): void {
    this.#change(interfaceIndex, onDone, (addresses) => {
      const left = addresses.filter((each) => !sameIpAddress(each.address, address));
      return left.length === addresses.length ? "EADDRNOTAVAIL" : left;
    });
  }

  close(): void {
    this.#closed = true;
  }

  #change(
    index: number,
    onDone: (refusal: Refusal) => void,
    change: (addresses: MemoryLinks["table"][number]["addresses"]) => typeof addresses | string,
  ): void {
    const link = this.#links.find(index);
    const outcome = this.refusal ?? (link === undefined ? "ENODEV" : change(link.addresses));
    if (typeof outcome !== "string") this.#links.change(index, { addresses: outcome });
    queueMicrotask(() => {
      if (!this.#closed) onDone(typeof outcome === "string" ? outcome : undefined);
    });
  }
}
