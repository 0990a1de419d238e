import { formatIpAddress } from "@steelyard/model/address";
import { instantAfter, type Instant } from "@steelyard/model/foundation";
import { nextEpoch } from "../../election/claim.ts";
import { claimed, isDoubted, nextDoubt } from "./claims.ts";
import { keepOrGive } from "./hand-over.ts";
import { isAlive, isLeaving, lossOf } from "./roster.ts";
import { type Entry, type KnownClaim } from "./state.ts";
import { BACKUP_PATIENCE, type MoveCause, OVERRULE_PATIENCE, TAKING_TIME } from "./types.ts";
import { AWAY, canReach, log, type Work } from "./work.ts";

/** What an entry becomes, and when it has to be looked at again if nothing happens before. */
export interface Decision {
  readonly entry: Entry;
  readonly due: Instant | undefined;
}

/** How the holder of the greatest claim stands, as far as this node knows. */
export type Standing =
  | "mine"
  /** A candidate that lives and has an interface. */
  | "good"
  /** It lives, but should not hold the address. */
  | "unfit"
  | "gone"
  | "incapable"
  | "none";

export function standingOf(work: Work, entry: Entry): Standing {
  const { claim, subject } = entry;
  if (claim === undefined) return "none";
  const { node } = claim;
  if (node === work.me) return "mine";
  const { roster } = work.state;
  if (!isAlive(roster, node) && !isDoubted(work, entry, node)) return "gone";
  if (!subject.group.position.has(node) || isLeaving(roster, node)) return "unfit";
  return canReach(work, node, entry) ? "good" : "incapable";
}

/** Policy `sticky`: the holder of the greatest claim owns the address as long as it can. */
export function decideByClaims(work: Work, entry: Entry): Decision {
  const standing = standingOf(work, entry);
  switch (standing) {
    case "mine":
      return keepOrGive(work, entry);
    case "good":
      return standBy(work, relaxed(work, entry));
    case "unfit":
      return waitForHandOver(work, entry);
    case "gone":
    case "incapable":
    case "none":
      return fill(work, entry, standing);
  }
}

/** All is well: what was held against the holder is forgotten. */
function relaxed(work: Work, entry: Entry): Entry {
  const lives = entry.claim !== undefined && isAlive(work.state.roster, entry.claim.node);
  const { openSince, overruled, doubt } = entry;
  // That it was seen counts for a while, even if it was not in doubt yet.
  const remembered = lives && doubt !== undefined && doubt.until <= work.now ? undefined : doubt;
  if (openSince === undefined && overruled === 0 && doubt === remembered) return entry;
  return { ...entry, openSince: undefined, overruled: 0, doubt: remembered };
}

/** Somebody else owns it. */
function standBy(work: Work, entry: Entry): Decision {
  const { role, claim } = entry;
  switch (role.at) {
    case "away":
      return { entry, due: doubtEnd(work, entry) };
    case "taking":
    case "giving":
      if (work.now < role.until) return { entry, due: role.until };
      return { entry: { ...entry, role: AWAY }, due: doubtEnd(work, entry) };
    case "owning":
    case "parted":
      log(
        work,
        entry.subject.address,
        `${formatIpAddress(entry.subject.address)} is ${claim?.node ?? "nobody"}'s`,
      );
      return { entry: { ...entry, role: AWAY }, due: undefined };
  }
}

function doubtEnd(work: Work, { claim, doubt }: Entry): Instant | undefined {
  return doubt !== undefined && doubt.node === claim?.node && doubt.until > work.now
    ? doubt.until
    : undefined;
}

/** The holder is to move it itself, so that two views of the API cannot play ping-pong; one that does not is overruled. */
function waitForHandOver(work: Work, entry: Entry): Decision {
  const waited = standBy(work, entry);
  if (waited.entry.role.at !== "away") return waited;
  const place = standbyPlace(work, waited.entry);
  if (place === undefined) return waited;
  const openSince = entry.openSince ?? work.now;
  const patience = OVERRULE_PATIENCE * (place + 1) * 2 ** Math.min(entry.overruled, 6);
  const at = instantAfter(openSince, patience);
  if (work.now < at) return { entry: { ...waited.entry, openSince }, due: soonest(at, waited.due) };
  const { address } = entry.subject;
  log(
    work,
    address,
    `${formatIpAddress(address)} is taken from ${entry.claim?.node ?? "nobody"}, who must not own it`,
  );
  const taken = claimed(work, entry, "planned:candidate", undefined);
  return { entry: { ...taken, overruled: entry.overruled + 1 }, due: undefined };
}

function soonest(left: Instant, right: Instant | undefined): Instant {
  return right !== undefined && right < left ? right : left;
}

/** Nobody owns it: the first in line claims it, the others in case the first does not know that it is. */
function fill(work: Work, entry: Entry, standing: "gone" | "incapable" | "none"): Decision {
  if (!work.state.settled) return { entry, due: undefined };
  const { role } = entry;
  if (role.at === "taking") return fillTaking(work, entry, standing);
  const left: Entry = role.at === "away" ? entry : { ...entry, role: AWAY };
  const place = standbyPlace(work, left);
  if (place === undefined) return { entry: { ...left, openSince: undefined }, due: undefined };
  const openSince = entry.openSince ?? work.now;
  const at = instantAfter(openSince, place * BACKUP_PATIENCE);
  if (work.now < at) return { entry: { ...left, openSince }, due: at };
  if (standing === "gone" && entry.doubt?.node === entry.claim?.node && entry.claim !== undefined) {
    if (entry.doubt !== undefined && entry.doubt.until <= work.now)
      return tryTentatively(work, left, entry.claim);
  }
  return { entry: takenOver(work, left, standing), due: undefined };
}

function fillTaking(work: Work, entry: Entry, standing: "gone" | "incapable" | "none"): Decision {
  const { role } = entry;
  if (role.at !== "taking") return { entry, due: undefined };
  if (!role.tentative) return { entry: takenOver(work, entry, standing), due: undefined };
  if (work.now < role.until) return { entry, due: role.until };
  const doubt = nextDoubt(work, entry, role.from);
  return { entry: { ...entry, role: AWAY, doubt }, due: doubt.until };
}

/** The former owner seemed dead before and was not: this time the segment is asked first, and nobody told before it is sure. */
function tryTentatively(work: Work, entry: Entry, { epoch, node }: KnownClaim): Decision {
  const until = instantAfter(work.now, TAKING_TIME);
  const { cause } = lossOf(work.state.roster, node);
  const role = { at: "taking" as const, epoch: nextEpoch(epoch), from: node, cause, tentative: true, until };
  return { entry: { ...entry, role }, due: until };
}

function takenOver(work: Work, entry: Entry, standing: "gone" | "incapable" | "none"): Entry {
  const { cause, detectionMillis } = lossBy(work, entry, standing);
  return claimed(work, entry, cause, detectionMillis);
}

function lossBy(
  work: Work,
  { claim }: Entry,
  standing: "gone" | "incapable" | "none",
): { readonly cause: MoveCause; readonly detectionMillis: number | undefined } {
  if (standing === "gone" && claim !== undefined) return lossOf(work.state.roster, claim.node);
  return { cause: standing === "none" ? "first" : "left", detectionMillis: undefined };
}

/** How many are before this node; undefined = it may not own the address, or is about to end. */
export function standbyPlace(work: Work, { line, claim }: Entry): number | undefined {
  const place = line.filter((node) => node !== claim?.node).indexOf(work.me);
  return place < 0 || work.state.roster.draining ? undefined : place;
}
