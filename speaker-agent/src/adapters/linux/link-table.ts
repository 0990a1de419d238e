import { compareIpAddresses, formatIpAddress, sameIpAddress } from "@steelyard/model/address";
import { assertNever } from "@steelyard/model/foundation";
import { type Link, type LinkAddress } from "../../core/interfaces/link.ts";
import { type LinkAttributes, type RtnetlinkMessage } from "./rtnetlink-messages.ts";

/** What links and their addresses say of themselves. */
export type DescribedLink = LinkAttributes & Pick<Link, "addresses">;

/** The links and addresses of a host, put together from rtnetlink messages in the order they were sent. */
export class LinkTable {
  readonly #links = new Map<number, LinkAttributes>();
  /** By interface index, then by address and prefix length. */
  readonly #addresses = new Map<number, Map<string, LinkAddress>>();

  /** Answers whether anything a reader of `links` can see has changed; most events of a busy host change nothing here. */
  apply(message: RtnetlinkMessage): boolean {
    switch (message.kind) {
      case "link":
        return this.#put(message.link);
      case "link-gone":
        this.#addresses.delete(message.index);
        return this.#links.delete(message.index);
      case "address":
        return this.#assign(message.index, message);
      case "address-gone":
        return this.#addresses.get(message.index)?.delete(addressKey(message)) ?? false;
      case "done":
        return false;
      default:
        return assertNever(message);
    }
  }

  /** Sorted by index, the addresses of each link by value. */
  links(): readonly DescribedLink[] {
    return [...this.#links.values()]
      .sort((a, b) => a.index - b.index)
      .map((link) => ({ ...link, addresses: this.#addressesOf(link.index) }));
  }

  #put(link: LinkAttributes): boolean {
    const known = this.#links.get(link.index);
    this.#links.set(link.index, link);
    return known === undefined || !sameLink(known, link);
  }

  /** An address may be heard of before its link: two dumps and the events interleave. */
  #assign(index: number, { address, prefixLength, bound }: LinkAddress): boolean {
    const ofLink = this.#addresses.get(index) ?? new Map<string, LinkAddress>();
    const assigned: LinkAddress = { address, prefixLength, ...(bound && { bound }) };
    const known = ofLink.get(addressKey(assigned));
    this.#addresses.set(index, ofLink.set(addressKey(assigned), assigned));
    return known === undefined || known.bound !== assigned.bound;
  }

  #addressesOf(index: number): readonly LinkAddress[] {
    return [...(this.#addresses.get(index)?.values() ?? [])].sort(
      (a, b) => compareIpAddresses(a.address, b.address) || a.prefixLength - b.prefixLength,
    );
  }
}

function addressKey({ address, prefixLength }: LinkAddress): string {
  return `${formatIpAddress(address)}/${String(prefixLength)}`;
}

function sameLink(a: LinkAttributes, b: LinkAttributes): boolean {
  return (
    a.name === b.name &&
    a.type === b.type &&
    a.running === b.running &&
    a.broadcast === b.broadcast &&
    a.multicast === b.multicast &&
    a.noArp === b.noArp &&
    a.loopback === b.loopback &&
    a.master === b.master &&
    a.mac.length === b.mac.length &&
    a.mac.every((byte, index) => byte === b.mac[index])
  );
}

/** Whether two tables read the same, so that a table read anew need not be announced again. */
export function sameLinks(a: readonly DescribedLink[], b: readonly DescribedLink[]): boolean {
  return a.length === b.length && a.every((link, index) => sameLinkAndAddresses(link, b[index]));
}

function sameLinkAndAddresses(a: DescribedLink, b: DescribedLink | undefined): boolean {
  return (
    b !== undefined &&
    a.index === b.index &&
    sameLink(a, b) &&
    a.addresses.length === b.addresses.length &&
    a.addresses.every((address, index) => sameAssignment(address, b.addresses[index]))
  );
}

function sameAssignment(a: LinkAddress, b: LinkAddress | undefined): boolean {
  return (
    b !== undefined &&
    a.prefixLength === b.prefixLength &&
    a.bound === b.bound &&
    sameIpAddress(a.address, b.address)
  );
}
