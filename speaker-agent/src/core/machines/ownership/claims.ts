import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { instantAfter, type Millis } from "@steelyard/model/foundation";
import { type Claim, FIRST_EPOCH, nextEpoch } from "../../election/claim.ts";
import { type ClaimTrailer } from "../../wire/claim-trailer.ts";
import { addressKey, indexOfAddress } from "./address-key.ts";
import { comesAfter, isLaterThan, isNameless, nodeOfTag, tagOf, tagText } from "./order-of-claims.ts";
import { isAlive, isPresent, isRefutedAt, RETURN_TIME, wasCutOff } from "./roster.ts";
import { type Doubt, type Entry, type KnownClaim } from "./state.ts";
import {
  DOUBT_TIME,
  LONGEST_DOUBT,
  MOST_ORPHANS,
  type MoveCause,
  ORDER_DOUBT_TIME,
  ORPHAN_TIME,
  REPEAT_PAUSE,
} from "./types.ts";
import { AWAY, log, ownEpoch, putEntry, type Work } from "./work.ts";

/** How long gossip may take to bring a claim: about what it says of a node that died in this time, nothing is certain. */
const GOSSIP_LAG: Millis = 2000;

/** Makes this node the owner by a claim that beats all that are known. */
export function claimed(
  work: Work,
  entry: Entry,
  cause: MoveCause,
  detectionMillis: Millis | undefined,
): Entry {
  const { address } = entry.subject;
  const from = entry.claim?.node;
  const epoch =
    entry.role.at === "taking" ? entry.role.epoch : entry.claim ? nextEpoch(entry.claim.epoch) : FIRST_EPOCH;
  const claim = { epoch, node: work.me };
  work.effects.push({ kind: "moved", address, from, to: work.me, cause, detectionMillis });
  publish(work, entry, { address, ...claim }, from);
  return {
    ...entry,
    claim,
    claimedAt: work.now,
    role: { at: "owning", probe: entry.subject.fresh, handOver: undefined, againAt: work.now },
    openSince: undefined,
  };
}

/** Tells everybody, and at once those who would act on not knowing it. */
function publish(work: Work, entry: Entry, claim: Claim, from: string | undefined): void {
  work.news.push(claim);
  const standbys = entry.line.filter((node) => node !== work.me && node !== from).slice(0, 2);
  for (const node of standbys) tell(work, node, claim);
  if (from !== undefined) tell(work, from, claim);
}

/** Tells one node straight away, where it can be told. */
export function tell(work: Work, node: string, claim: Claim): void {
  const { roster } = work.state;
  if (node === work.me || !roster.ring || !isPresent(roster, node) || isNameless(claim.node)) return;
  const claims = work.direct.get(node);
  if (claims === undefined) work.direct.set(node, [claim]);
  else claims.push(claim);
}

/** How a claim came to be known. */
export interface Hearsay {
  /** In a message of its own, not in an exchange of whole tables, which holds much that is old. */
  readonly fresh: boolean;
  readonly witnessed: boolean;
}

/** A claim that somebody has told of. */
export function heardClaim(work: Work, claim: Claim, hearsay: Hearsay): void {
  const place = indexOfAddress(work.entries, claim.address);
  const entry = work.entries[place];
  if (entry === undefined) return heardOfOrphan(work, claim);
  if (isLaterThan(work, claim, entry.claim)) {
    // Of what a joiner learns with everything else nothing is news to the others.
    if (hearsay.fresh || entry.claim !== undefined) spread(work, claim, hearsay.witnessed);
    work.touched.add(place);
    putEntry(work, place, surpassed(work, entry, claim, hearsay));
  } else if (hearsay.fresh && entry.claim?.node === work.me) {
    // Whoever still believes this has to be told otherwise.
    tell(work, claim.node, { address: claim.address, ...entry.claim });
  }
}

function spread(work: Work, claim: Claim, witnessed: boolean): void {
  (witnessed ? work.witnessed : work.news).push(claim);
}

/** What a later claim of somebody else, heard of by gossip, makes of an address. */
function surpassed(work: Work, entry: Entry, { epoch, node }: Claim, { witnessed }: Hearsay): Entry {
  const { now, me } = work;
  const { roster } = work.state;
  const claim = { epoch, node };
  if (keepsAgainst(work, entry, node)) return overbid(work, entry, claim);
  if (node === me || isAlive(roster, node)) return yielded(work, entry, claim, witnessed);
  if (witnessed && isRefutedAt(roster, node, instantAfter(now, -GOSSIP_LAG)))
    return yielded(work, entry, claim, true);
  if (ownEpoch(entry) === undefined) return adopted(entry, claim, work.me);
  // It seems dead here, and the claim may be older than its death. Only if it answers a greater claim it lives.
  const answered = entry.overbid?.node === node && isRefutedAt(roster, node, entry.overbid.at);
  return answered ? yielded(work, entry, claim, true) : overbid(work, entry, claim);
}

/**
 * Whether this node goes on with what it has announced all the time, in the middle of the ring, although somebody has a
 * later claim who was cut off until a moment ago: it has claimed whatever it could not see being announced, and would
 * come back with the addresses of all.
 */
function keepsAgainst(work: Work, { role, claimedAt, overbid: before }: Entry, node: string): boolean {
  const { roster, policy } = work.state;
  if (role.at !== "owning" || role.handOver !== undefined || policy !== "sticky") return false;
  // What both have only just taken goes by the order of claims.
  if (roster.draining || (claimedAt !== undefined && work.now < instantAfter(claimedAt, RETURN_TIME)))
    return false;
  // Once: whoever claims it again after that has seen ours.
  if (before?.node === node && work.now < instantAfter(before.at, RETURN_TIME)) return false;
  return wasCutOff(roster, node, work.now);
}

function overbid(work: Work, entry: Entry, rival: KnownClaim): Entry {
  const { address } = entry.subject;
  const claim = { epoch: nextEpoch(rival.epoch), node: work.me };
  publish(work, entry, { address, ...claim }, rival.node);
  work.again.push(address);
  const role =
    entry.role.at === "owning" || entry.role.at === "parted"
      ? entry.role
      : { at: "owning" as const, probe: false, handOver: undefined, againAt: work.now };
  return { ...entry, claim, role, overbid: { node: rival.node, at: work.now } };
}

/**
 * Knows of a later claim, and stops announcing if it did.
 *
 * @param seen the other was seen to live just now, whatever gossip says or will say
 */
function yielded(work: Work, entry: Entry, claim: KnownClaim, seen: boolean): Entry {
  const { address } = entry.subject;
  const held = ownEpoch(entry) !== undefined;
  if (claim.node === work.me) return { ...entry, claim };
  const doubted = seen || (held && work.state.policy === "hash");
  if (held && !wasAsked(entry, claim.node)) {
    log(work, address, `${formatIpAddress(address)} is ${claim.node}'s, whose claim is later`);
    work.effects.push({
      kind: "moved",
      address,
      from: work.me,
      to: claim.node,
      cause: "yielded",
      detectionMillis: undefined,
    });
  }
  const after = adopted(entry, claim, work.me);
  return doubted ? { ...after, doubt: nextDoubt(work, entry, claim.node) } : after;
}

/** In pure hash order who gives answers on until it has seen the other on the wire; gossip is not enough. */
function adopted(entry: Entry, claim: KnownClaim, me: string): Entry {
  const keeps = entry.role.at === "giving" || claim.node === me;
  return { ...entry, claim, role: keeps ? entry.role : AWAY, openSince: undefined };
}

function wasAsked({ role }: Entry, node: string): boolean {
  if (role.at === "giving" || role.at === "taking") return true;
  return role.at === "owning" && role.handOver?.to === node;
}

/** Longer each time: whatever keeps two nodes from agreeing, an address moves ever more rarely because of it. */
export function nextDoubt({ now, state: { policy } }: Work, { doubt }: Entry, node: string): Doubt {
  const count = doubt === undefined ? 0 : doubt.count + 1;
  const first = policy === "hash" ? ORDER_DOUBT_TIME : DOUBT_TIME;
  return { node, at: now, until: instantAfter(now, Math.min(first * 2 ** count, LONGEST_DOUBT)), count };
}

/** Whether a claimant that does not live, by all that is known, was seen since. */
export function isDoubted(work: Work, { doubt }: Entry, node: string): boolean {
  if (doubt?.node !== node || doubt.until <= work.now) return false;
  return isRefutedAt(work.state.roster, node, doubt.at);
}

/** Somebody else announces an address, or answers for it. */
export function observed(work: Work, address: IpAddress, trailer: ClaimTrailer | undefined): void {
  const place = indexOfAddress(work.entries, address);
  const entry = work.entries[place];
  if (entry === undefined) return;
  const { role } = entry;
  if (role.at === "giving") {
    work.touched.add(place);
    putEntry(work, place, { ...entry, role: AWAY });
  } else if (trailer !== undefined) {
    observedClaim(work, place, entry, trailer);
  } else if (role.at === "taking" && role.tentative) {
    // It was alive after all.
    work.touched.add(place);
    putEntry(work, place, { ...entry, role: AWAY, doubt: nextDoubt(work, entry, role.from) });
  }
}

function observedClaim(work: Work, place: number, entry: Entry, trailer: ClaimTrailer): void {
  const theirs = { epoch: trailer.epoch, tag: tagText(trailer.nameHash) };
  const ours = tagOf(work, work.me);
  // Our own frames come back where two of our interfaces are on one segment.
  if (theirs.tag === ours) return;
  const epoch = ownEpoch(entry);
  const known = epoch === undefined ? placeOfKnown(work, entry) : { epoch, tag: ours };
  if (known === undefined || comesAfter(theirs, known)) {
    seenClaimant(work, place, entry, theirs.epoch, nodeOfTag(work, theirs.tag));
  } else if (epoch !== undefined && comesAfter(known, theirs)) {
    seenLesserClaimant(work, place, entry, nodeOfTag(work, theirs.tag));
  }
}

function placeOfKnown(work: Work, { claim }: Entry) {
  return claim && { epoch: claim.epoch, tag: tagOf(work, claim.node) };
}

function seenClaimant(work: Work, place: number, entry: Entry, epoch: number, node: string): void {
  const claim = { address: entry.subject.address, epoch, node };
  if (keepsAgainst(work, entry, node)) {
    work.touched.add(place);
    return putEntry(work, place, overbid(work, entry, claim));
  }
  // Those whom the claimant's gossip does not reach must not take it for dead.
  if (!isNameless(node)) spread(work, claim, true);
  work.touched.add(place);
  putEntry(work, place, yielded(work, entry, { epoch, node }, true));
}

function seenLesserClaimant(work: Work, place: number, entry: Entry, node: string): void {
  const { address } = entry.subject;
  const { role, claim } = entry;
  if (role.at !== "owning" || role.againAt > work.now || claim === undefined) return;
  work.again.push(address);
  tell(work, node, { address, ...claim });
  const againAt = instantAfter(work.now, REPEAT_PAUSE);
  putEntry(work, place, { ...entry, role: { ...role, againAt } });
}

function heardOfOrphan(work: Work, claim: Claim): void {
  const key = addressKey(claim.address);
  const orphans = work.orphans ?? work.state.orphans;
  const known = orphans.get(key);
  if (known === undefined && orphans.size >= MOST_ORPHANS) return;
  if (known !== undefined && !isLaterThan(work, claim, known.claim)) return;
  work.orphans ??= new Map(work.state.orphans);
  const until = instantAfter(work.now, ORPHAN_TIME);
  work.orphans.set(key, { claim, until, wasOurs: known?.wasOurs ?? false });
}
