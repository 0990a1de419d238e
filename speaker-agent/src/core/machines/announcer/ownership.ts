import { compareIpAddresses, formatIpAddress } from "@steelyard/model/address";
import { chooseOwner } from "../../election/choose-owner.ts";
import { parseInterfaceExclusion } from "../../interfaces/interface-exclusion.ts";
import { type LinkSelection, selectLinks } from "./interfaces.ts";
import { type Link } from "../../interfaces/link.ts";
import { type Announcement, type AnnouncementSnapshot } from "./types.ts";

/** An address of this node before it is known whether the kernel gives us sockets for it. */
export interface WantedAddress extends LinkSelection {
  readonly announcement: Announcement;
}

/** The addresses this node owns now, each with its links; sorted by address, keyed by its text. */
export function wantedAddresses(
  snapshot: AnnouncementSnapshot,
  links: readonly Link[],
): ReadonlyMap<string, WantedAddress> {
  const exclusion = parseInterfaceExclusion(snapshot.excludeInterfaces);
  const wanted = new Map<string, WantedAddress>();
  for (const announcement of sorted(snapshot.announcements)) {
    if (ownerOf(announcement) !== snapshot.nodeName) continue;
    // With an unreadable exclusion any interface might be a forbidden one, so none is used.
    const selection = exclusion.ok
      ? selectLinks(announcement, links, exclusion.value)
      : { links: [], obstacles: [exclusion.error] };
    wanted.set(formatIpAddress(announcement.address), { announcement, ...selection });
  }
  return wanted;
}

/**
 * Until agents tell each other that they live, the main thread leaves dead nodes out of the ranking, and nobody can
 * know a present owner that all agree on: the first of the ranking is the only choice all nodes make alike.
 */
export function ownerOf(announcement: Announcement): string | undefined {
  return chooseOwner(announcement.ranking, () => true, undefined);
}

function sorted(announcements: readonly Announcement[]): readonly Announcement[] {
  return [...announcements].sort((left, right) => compareIpAddresses(left.address, right.address));
}
