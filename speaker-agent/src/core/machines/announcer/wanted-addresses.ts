import { compareIpAddresses, formatIpAddress } from "@steelyard/model/address";
import { parseInterfaceExclusion } from "../../interfaces/interface-exclusion.ts";
import { type Link } from "../../interfaces/link.ts";
import { type LinkSelection, linkSelector } from "../../interfaces/select-links.ts";
import { type AnnouncementSnapshot, type OwnAnnouncement } from "./types.ts";

/** An address of this node before it is known whether the kernel gives us sockets for it. */
export interface WantedAddress extends LinkSelection {
  readonly announcement: OwnAnnouncement;
}

/** The addresses this node owns now, each with its links; sorted by address, keyed by its text. */
export function wantedAddresses(
  snapshot: AnnouncementSnapshot,
  links: readonly Link[],
): ReadonlyMap<string, WantedAddress> {
  const exclusion = parseInterfaceExclusion(snapshot.excludeInterfaces);
  // With an unreadable exclusion any interface might be a forbidden one, so none is used.
  const select = exclusion.ok
    ? linkSelector(links, exclusion.value)
    : () => ({ links: [], obstacles: [exclusion.error] });
  const wanted = new Map<string, WantedAddress>();
  for (const announcement of sorted(snapshot.announcements)) {
    const { address, interfaces } = announcement;
    wanted.set(formatIpAddress(address), { announcement, ...select(address, interfaces) });
  }
  return wanted;
}

function sorted(announcements: readonly OwnAnnouncement[]): readonly OwnAnnouncement[] {
  return [...announcements].sort((left, right) => compareIpAddresses(left.address, right.address));
}
