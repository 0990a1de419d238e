import { type IpFamily } from "@steelyard/model/address";
import { type InterfaceExclusion } from "../../interfaces/interface-exclusion.ts";
import { type Link } from "../../interfaces/link.ts";
import { isLinkLocal } from "../../wire/ipv6-multicast.ts";
import { MAC_LENGTH } from "../../wire/mac-address.ts";
import { type WatchedAddress } from "./types.ts";

/** Which links announce an address, and what stands in the way of the others. */
export interface LinkSelection {
  /** Sorted by name. */
  readonly links: readonly Link[];
  /** One sentence per link that was asked for but cannot; without a list, per link that one might have expected to. */
  readonly obstacles: readonly string[];
}

/** Selects the links that announce one address (reference metallb.md, sections 4.3 and 4.4). */
export function selectLinks(
  announcement: WatchedAddress,
  links: readonly Link[],
  isExcluded: InterfaceExclusion,
): LinkSelection {
  const named = announcement.interfaces;
  const missing = named.filter((name) => !links.some((link) => link.name === name));
  // Nobody who names no interface expects the loopback or the excluded ones, and a node may have hundreds of these.
  const asked = links.filter((link) =>
    named.length === 0 ? !link.loopback && !isExcluded(link.name) : named.includes(link.name),
  );
  const selected: Link[] = [];
  const obstacles = missing.sort().map((name) => `interface ${name} does not exist`);
  for (const link of [...asked].sort(byName)) {
    const obstacle = whyLinkCannotAnnounce(link, announcement.address.family, isExcluded);
    if (obstacle === undefined) selected.push(link);
    else obstacles.push(`interface ${link.name} ${obstacle}`);
  }
  return { links: selected, obstacles };
}

/** The end of a sentence that begins with the link's name; undefined when the link can announce the family. */
export function whyLinkCannotAnnounce(
  link: Link,
  family: IpFamily,
  isExcluded: InterfaceExclusion,
): string | undefined {
  if (isExcluded(link.name)) return "is excluded by configuration";
  if (link.loopback) return "is a loopback interface";
  if (!link.running) return "is down";
  // A packet socket on a bridge port or bond member sees nothing: the frames arrive on its master.
  if (link.master !== undefined) return "is a port of another interface";
  if (link.noArp) return "has no address resolution (NOARP)";
  if (link.mac.length !== MAC_LENGTH) return "is not an Ethernet interface";
  if (family === "IPv4") return link.broadcast ? undefined : "cannot broadcast";
  return link.addresses.some(({ address }) => isLinkLocal(address))
    ? undefined
    : "has no IPv6 link-local address";
}

function byName(left: Link, right: Link): number {
  return left.name < right.name ? -1 : left.name > right.name ? 1 : left.index - right.index;
}
