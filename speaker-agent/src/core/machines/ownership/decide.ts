import { type OwnAnnouncement } from "../announcer/types.ts";
import { claimed } from "./claims.ts";
import { decideByClaims, standingOf } from "./decide-by-claims.ts";
import { decideByOrder } from "./decide-by-order.ts";
import { isNameless } from "./order-of-claims.ts";
import { type Entry } from "./state.ts";
import { isAnnounced, ownEpoch, putEntry, setDue, type Work } from "./work.ts";

/** Decides one address anew: what this node does about it, what it announces, who owns it. */
export function decide(work: Work, place: number): void {
  const before = work.entries[place];
  if (before === undefined) return;
  const decideNow = work.state.policy === "hash" ? decideByOrder : decideByClaims;
  let { entry, due } = decideNow(work, before);
  if (entry.role.at === "taking" && isAnnounced(work, entry.subject.key)) {
    // It is really announced now: what was only being taken is owned, and its former owner may stop.
    entry = claimed(work, entry, entry.role.cause, undefined);
    due = undefined;
  }
  entry = withAnnouncement(entry);
  const owner = ownerOf(work, entry);
  putEntry(work, place, owner === entry.owner ? entry : { ...entry, owner });
  setDue(work, entry.subject.key, due);
}

function withAnnouncement(entry: Entry): Entry {
  const announcement = announcementOf(entry);
  return announcement === entry.announcement ? entry : { ...entry, announcement };
}

/** The same object as before where it says the same. */
function announcementOf(entry: Entry): OwnAnnouncement | undefined {
  const { subject, role, announcement: before } = entry;
  const epoch = ownEpoch(entry);
  if (epoch === undefined) return undefined;
  // Who is no candidate any more announces where it did, until the next one does.
  const interfaces = subject.own?.interfaces ?? before?.interfaces ?? [];
  // A segment that has had this address before is not asked: clients wait. A claim alone is no proof that it has: its node
  // may have found a stranger.
  const probe = role.at === "owning" ? role.probe : role.at === "taking" && (role.tentative || subject.fresh);
  if (before?.epoch === epoch && before.probe === probe && sameTexts(before.interfaces, interfaces)) {
    return before;
  }
  return { address: subject.address, interfaces, epoch, probe };
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return (
    left === right || (left.length === right.length && left.every((text, index) => text === right[index]))
  );
}

function ownerOf(work: Work, entry: Entry): string | undefined {
  if (work.state.policy === "hash") return entry.line[0];
  if (ownEpoch(entry) !== undefined && entry.role.at === "owning") return work.me;
  switch (standingOf(work, entry)) {
    case "mine":
    case "gone":
    case "incapable":
    case "none":
      return undefined;
    case "good":
    case "unfit": {
      const node = entry.claim?.node;
      return node === undefined || isNameless(node) ? undefined : node;
    }
  }
}
