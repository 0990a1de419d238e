import { sameIpAddress } from "@steelyard/model/address";
import { type Announcement } from "../election/ranked-announcement.ts";

/** Whether two lists ask for the same, order included: what is planned from the same cluster comes in the same order. */
export function sameAnnouncements(a: readonly Announcement[], b: readonly Announcement[]): boolean {
  if (a === b) return true;
  return a.length === b.length && a.every((announcement, index) => sameAnnouncement(announcement, b[index]));
}

function sameAnnouncement(a: Announcement, b: Announcement | undefined): boolean {
  if (a === b) return true;
  return (
    b !== undefined &&
    sameIpAddress(a.address, b.address) &&
    sameTexts(a.ranking, b.ranking) &&
    sameTexts(a.interfaces, b.interfaces)
  );
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text, index) => text === b[index]);
}
