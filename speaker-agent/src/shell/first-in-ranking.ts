import { chooseOwner } from "../core/election/choose-owner.ts";
import { type RankedSnapshot } from "../core/election/ranked-announcement.ts";
import { type AnnouncementSnapshot } from "../core/machines/announcer/types.ts";

/**
 * What this node has to announce while agents do not yet tell each other that they live: the main thread leaves dead
 * nodes out of the ranking, and the first of it is the only owner that all nodes choose alike.
 */
export function announcedByFirst(snapshot: RankedSnapshot): AnnouncementSnapshot {
  const { version, nodeName, announcements, excludeInterfaces } = snapshot;
  const own = announcements.filter(({ ranking }) => chooseOwner(ranking, () => true, undefined) === nodeName);
  return {
    version,
    nodeName,
    announcements: own.map(({ address, interfaces }) => ({ address, interfaces, epoch: 0, probe: false })),
    probeOnly: [],
    excludeInterfaces,
  };
}
