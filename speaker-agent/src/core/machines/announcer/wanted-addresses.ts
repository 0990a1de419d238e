import { compareIpAddresses, formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { parseInterfaceExclusion } from "../../interfaces/interface-exclusion.ts";
import { type Link } from "../../interfaces/link.ts";
import { linkSelector, type LinkSelection, type LinkSelector } from "../../interfaces/select-links.ts";
import { type AnnouncementSnapshot, type WatchedAddress } from "./types.ts";

/** An address of the snapshot before it is known whether the kernel gives us sockets for it. */
export interface WantedAddress extends LinkSelection {
  /** The entry of the snapshot. */
  readonly source: WatchedAddress;
  readonly address: IpAddress;
  readonly epoch: number;
  readonly probeOnly: boolean;
}

/** The addresses of a snapshot on the links of a moment. */
export interface Wanted {
  readonly links: readonly Link[];
  readonly excludeInterfaces: string | undefined;
  /** Keyed by text, sorted by address. */
  readonly addresses: ReadonlyMap<string, WantedAddress>;
}

/**
 * The addresses of the snapshot, each with its links. What has not changed since `before` is taken from there: one address
 * more must not cost as much as ten thousand.
 */
export function wantedAddresses(
  snapshot: AnnouncementSnapshot,
  links: readonly Link[],
  before: Wanted | undefined,
): Wanted {
  const { announcements, excludeInterfaces, probeOnly } = snapshot;
  const isSamePlace = before?.links === links && before.excludeInterfaces === excludeInterfaces;
  const known = isSamePlace ? bySource(before) : new Map<WatchedAddress, [string, WantedAddress]>();
  const select = selectorFor(snapshot, links);
  // One that is both is ours: it comes last, and so it counts.
  const entries = [
    ...probeOnly.map((source) => known.get(source) ?? want(source, 0, true, select)),
    ...announcements.map((source) => known.get(source) ?? want(source, source.epoch, false, select)),
  ];
  return { links, excludeInterfaces, addresses: new Map(sorted(entries)) };
}

function bySource({ addresses }: Wanted): ReadonlyMap<WatchedAddress, [string, WantedAddress]> {
  return new Map([...addresses].map((entry) => [entry[1].source, entry]));
}

function want(
  source: WatchedAddress,
  epoch: number,
  probeOnly: boolean,
  select: LinkSelector,
): [string, WantedAddress] {
  const { address, interfaces } = source;
  const { links, obstacles } = select(address, interfaces);
  return [formatIpAddress(address), { source, address, epoch, probeOnly, links, obstacles }];
}

/** Snapshots are sorted as a rule, so the check is all that is done. */
function sorted(entries: [string, WantedAddress][]): [string, WantedAddress][] {
  const order = ([, left]: [string, WantedAddress], [, right]: [string, WantedAddress]) =>
    compareIpAddresses(left.address, right.address);
  const isSorted = entries.every((entry, index) => {
    const next = entries[index + 1];
    return next === undefined || order(entry, next) <= 0;
  });
  return isSorted ? entries : entries.sort(order);
}

function selectorFor({ excludeInterfaces }: AnnouncementSnapshot, links: readonly Link[]): LinkSelector {
  const exclusion = parseInterfaceExclusion(excludeInterfaces);
  // With an unreadable exclusion any interface might be a forbidden one, so none is used.
  return exclusion.ok
    ? linkSelector(links, exclusion.value)
    : () => ({ links: [], obstacles: [exclusion.error] });
}
