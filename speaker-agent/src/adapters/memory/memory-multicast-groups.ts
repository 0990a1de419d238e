import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { multicastMac } from "../../core/wire/ipv6-multicast.ts";
import { formatMac } from "../../core/wire/mac-address.ts";
import { type MulticastGroups } from "../../ports/multicast-groups.ts";
import { type MemoryLinks } from "./memory-links.ts";

/** Memberships of a simulated host; a snooping MemorySegment forwards by them. */
export class MemoryMulticastGroups implements MulticastGroups {
  readonly #links: MemoryLinks;
  /** By interface index, then by text. */
  readonly #joined = new Map<number, Map<string, IpAddress>>();

  constructor(links: MemoryLinks) {
    this.#links = links;
    // With an interface go its memberships; one that comes with the same index later starts without.
    links.onChange((before, after) => {
      if (before !== undefined && after === undefined) this.#joined.delete(before.index);
    });
  }

  /** The groups joined on an interface, sorted as text. */
  joinedOn(interfaceIndex: number): readonly string[] {
    return [...(this.#joined.get(interfaceIndex)?.keys() ?? [])].sort();
  }

  join(interfaceIndex: number, group: IpAddress): void {
    if (this.#links.find(interfaceIndex) === undefined)
      throw new Error(`no such device: interface ${interfaceIndex}`);
    const joined = this.#joined.get(interfaceIndex) ?? new Map<string, IpAddress>();
    this.#joined.set(interfaceIndex, joined.set(formatIpAddress(group), group));
    this.#forward(interfaceIndex);
  }

  leave(interfaceIndex: number, group: IpAddress): void {
    this.#joined.get(interfaceIndex)?.delete(formatIpAddress(group));
    this.#forward(interfaceIndex);
  }

  close(): void {
    const interfaces = [...this.#joined.keys()];
    this.#joined.clear();
    for (const index of interfaces) this.#forward(index);
  }

  /** Several groups share a MAC, so the set that the switch sees is made anew. */
  #forward(interfaceIndex: number): void {
    const macs = this.#links.groupsOf(interfaceIndex);
    macs?.clear();
    for (const group of this.#joined.get(interfaceIndex)?.values() ?? [])
      macs?.add(formatMac(multicastMac(group)));
  }
}
