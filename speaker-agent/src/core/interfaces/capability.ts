import { formatIpPrefix, type IpAddress, type IpPrefix } from "@steelyard/model/address";
import { whyLinkCannotAnnounce } from "./announcing-links.ts";
import { type InterfaceExclusion } from "./interface-exclusion.ts";
import { leadingTo } from "./leading-to.ts";
import { type Link } from "./link.ts";
import { isEligible } from "./select-links.ts";
import { subnetsOf } from "./subnets.ts";

/**
 * What a node can announce on, as its peers have to know it to judge whether it is eligible. Gossiped with the node's
 * name; of a node that has not told, nothing is held against it.
 */
export interface Capability {
  /** Most relevant first, then by name; at most `MOST_LINKS`. */
  readonly links: readonly CapableLink[];
  /** False = there are more links or subnets than are listed, so that what is not listed may exist all the same. */
  readonly complete: boolean;
}

/** An Ethernet link, neither loopback nor excluded; one that cannot announce at the moment is listed for its subnets. */
export interface CapableLink {
  readonly name: string;
  /** 6 bytes. */
  readonly mac: Uint8Array;
  /** Up, with address resolution and so on, itself or the master whose port it is: see `whyLinkCannotAnnounce`. */
  readonly announcesV4: boolean;
  readonly announcesV6: boolean;
  readonly defaultV4: boolean;
  readonly defaultV6: boolean;
  /** Its subnets, sorted, each once; neither host prefixes nor link-local ones. At most `MOST_PREFIXES`. */
  readonly prefixes: readonly IpPrefix[];
}

/** Bounds of a capability: 32 links with 8 prefixes each fit a few gossip messages. */
export const MOST_LINKS = 32;
export const MOST_PREFIXES = 8;

/** What this node can announce on. Equal links make equal capabilities, in whatever order they come. */
export function buildCapability(links: readonly Link[], isExcluded: InterfaceExclusion): Capability {
  const capable = links
    .filter((link) => isEligible(link, isExcluded))
    .map((link) => capableLink(link, links, isExcluded))
    .sort((left, right) => relevance(right) - relevance(left) || (left.name < right.name ? -1 : 1));
  const bounded = capable
    .slice(0, MOST_LINKS)
    .map((link) => ({ ...link, prefixes: link.prefixes.slice(0, MOST_PREFIXES) }));
  const complete =
    capable.length <= MOST_LINKS && capable.every(({ prefixes }) => prefixes.length <= MOST_PREFIXES);
  return { links: bounded, complete };
}

function capableLink(link: Link, links: readonly Link[], isExcluded: InterfaceExclusion): CapableLink {
  const { name, mac, addresses, defaultRoute } = link;
  return {
    name,
    mac,
    announcesV4: whyLinkCannotAnnounce(link, "IPv4", links, isExcluded) === undefined,
    announcesV6: whyLinkCannotAnnounce(link, "IPv6", links, isExcluded) === undefined,
    defaultV4: defaultRoute.v4,
    defaultV6: defaultRoute.v6,
    prefixes: subnetsOf(addresses),
  };
}

/** Whoever has a way somewhere comes before who could only be named in an advertisement's list. */
function relevance({ announcesV4, announcesV6, defaultV4, defaultV6, prefixes }: CapableLink): number {
  const leads = defaultV4 || defaultV6 || prefixes.length > 0;
  return Number(leads) * 2 + Number(announcesV4 || announcesV6);
}

/** Whether two capabilities read the same, so that the second need not be told. */
export function sameCapability(left: Capability, right: Capability): boolean {
  return textOf(left) === textOf(right);
}

function textOf({ links, complete }: Capability): string {
  return JSON.stringify([
    complete,
    ...links.map((link) => ({ ...link, mac: [...link.mac], prefixes: link.prefixes.map(formatIpPrefix) })),
  ]);
}

/**
 * Why a node cannot announce an address, as the end of a sentence that begins with the node's name; undefined = it can, or
 * nobody knows that it cannot.
 *
 * @param interfaces the exact names of the advertisement's list; empty = it has none
 */
export function whyCannotReach(
  address: IpAddress,
  interfaces: readonly string[],
  { links, complete }: Capability,
): string | undefined {
  const listed = interfaces.length > 0;
  const asked = listed ? links.filter(({ name }) => interfaces.includes(name)) : leadingTo(address, links);
  const { family } = address;
  if (asked.some((link) => (family === "IPv4" ? link.announcesV4 : link.announcesV6))) return undefined;
  // What is not listed might be what is asked for.
  if (!complete && (!listed || asked.length < interfaces.length)) return undefined;
  if (asked.length > 0) {
    return `cannot announce ${family} addresses on ${interfacesNamed(asked.map(({ name }) => name))} at present`;
  }
  return listed
    ? `has no ${interfacesNamed(interfaces)}`
    : `has no interface with the subnet of the address or an ${family} default route`;
}

function interfacesNamed(names: readonly string[]): string {
  return `${names.length === 1 ? "interface" : "interfaces"} ${[...names].sort().join(", ")}`;
}
