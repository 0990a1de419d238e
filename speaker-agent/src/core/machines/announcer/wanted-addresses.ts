import { compareIpAddresses, formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { parseInterfaceExclusion } from "../../interfaces/interface-exclusion.ts";
import { type Link } from "../../interfaces/link.ts";
import { linkSelector, type LinkSelection, type LinkSelector } from "../../interfaces/select-links.ts";
import { type AnnouncementSnapshot } from "./types.ts";

/** An address of the snapshot before it is known whether the kernel gives us sockets for it. */
export interface WantedAddress extends LinkSelection {
  readonly address: IpAddress;
  readonly epoch: number;
  readonly probeOnly: boolean;
}

/** The addresses of the snapshot, each with its links; sorted by address, keyed by its text. */
export function wantedAddresses(
  snapshot: AnnouncementSnapshot,
  links: readonly Link[],
): ReadonlyMap<string, WantedAddress> {
  const select = selectorFor(snapshot, links);
  const watched = snapshot.probeOnly.map((each) => ({ ...each, epoch: 0, probeOnly: true }));
  const own = snapshot.announcements.map((each) => ({ ...each, probeOnly: false }));
  const all = [...own, ...watched].sort((left, right) => compareIpAddresses(left.address, right.address));
  return new Map(
    all.map(({ address, interfaces, epoch, probeOnly }): [string, WantedAddress] => [
      formatIpAddress(address),
      { address, epoch, probeOnly, ...select(address, interfaces) },
    ]),
  );
}

function selectorFor({ excludeInterfaces }: AnnouncementSnapshot, links: readonly Link[]): LinkSelector {
  const exclusion = parseInterfaceExclusion(excludeInterfaces);
  // With an unreadable exclusion any interface might be a forbidden one, so none is used.
  return exclusion.ok
    ? linkSelector(links, exclusion.value)
    : () => ({ links: [], obstacles: [exclusion.error] });
}
