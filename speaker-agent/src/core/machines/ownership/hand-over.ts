import { formatIpAddress } from "@steelyard/model/address";
import { instantAfter } from "@steelyard/model/foundation";
import { nextEpoch } from "../../election/claim.ts";
import { type HandOverCause, type HandOverMessage } from "../../wire/agent-messages/messages.ts";
import { indexOfAddress } from "./address-key.ts";
import { tell } from "./claims.ts";
import { type Decision } from "./decide-by-claims.ts";
import { lineOf } from "./lines.ts";
import { isLaterThan } from "./order-of-claims.ts";
import { isElectable } from "./roster.ts";
import { type Entry, type HandOver, type Owning, type Role } from "./state.ts";
import {
  HAND_OVER_INTERVAL,
  HAND_OVER_REQUESTS,
  HAND_OVER_RETRY,
  LONGEST_HAND_OVER_RETRY,
  TAKING_TIME,
} from "./types.ts";
import { AWAY, canReach, fieldFor, log, ownEpoch, preferenceOf, putEntry, type Work } from "./work.ts";

/** Requests to the first in line, before the second gets as many. */
const REQUESTS_IN_A_ROW = 5;

/** The greatest claim is this node's: own the address, or see that somebody else does. */
export function keepOrGive(work: Work, entry: Entry): Decision {
  const { subject, role } = entry;
  if (role.at === "away" || role.at === "taking" || role.at === "giving") return resumed(work, entry);
  if (subject.group.candidates.length === 0) {
    log(work, subject.address, `${formatIpAddress(subject.address)} may be announced by nobody`);
    return { entry: { ...entry, role: AWAY }, due: undefined };
  }
  if (subject.own !== undefined && !canReach(work, work.me, entry)) return parted(work, entry);
  const owning: Owning =
    role.at === "owning"
      ? role
      : { at: "owning", probe: subject.fresh, handOver: undefined, againAt: work.now };
  const cause = whyGive(work, entry);
  if (cause === undefined) return { entry: own(entry, owning), due: undefined };
  return handedOver(work, entry, owning, cause);
}

/** The claim outlived what this node did about it: a restart, or a time without interface or policy. */
function resumed(work: Work, entry: Entry): Decision {
  const { own: candidate } = entry.subject;
  const may = work.state.settled && !work.state.roster.draining;
  if (!may || candidate === undefined || !canReach(work, work.me, entry)) {
    return { entry: entry.role.at === "away" ? entry : { ...entry, role: AWAY }, due: undefined };
  }
  const probe = entry.subject.fresh;
  const role: Owning = { at: "owning", probe, handOver: undefined, againAt: work.now };
  return keepOrGive(work, { ...entry, role });
}

function own(entry: Entry, role: Owning): Entry {
  const kept: Owning = role.handOver === undefined ? role : { ...role, handOver: undefined };
  const rested = entry.openSince === undefined && entry.overruled === 0;
  if (kept === entry.role && rested) return entry;
  return { ...entry, role: kept, openSince: undefined };
}

/** Why this node should not own what it owns. */
function whyGive(work: Work, entry: Entry): HandOverCause | undefined {
  if (work.state.roster.draining) return "drain";
  if (entry.subject.own === undefined) return "candidate";
  const [first] = entry.line;
  const best = first === undefined ? undefined : preferenceOf(entry, first);
  return best !== undefined && best > entry.subject.own.preference ? "preference" : undefined;
}

/** Announces on, and asks the others in turn, until one has taken over. */
function handedOver(work: Work, entry: Entry, role: Owning, cause: HandOverCause): Decision {
  const successors = successorsOf(work, entry, cause);
  if (successors.length === 0) return { entry: keptForNow(work, entry, role, cause), due: undefined };
  const handOver = asked(work, entry, role.handOver, cause, successors);
  return { entry: { ...entry, role: { ...role, handOver } }, due: handOver.nextAt };
}

/** With nobody to take it, somebody who should not own it is better than nobody. */
function keptForNow(work: Work, entry: Entry, role: Owning, cause: HandOverCause): Entry {
  const { address } = entry.subject;
  if (cause !== "drain" && entry.openSince === undefined) {
    log(work, address, `${formatIpAddress(address)} should move (${cause}), but nobody else can take it`);
  }
  return { ...own(entry, role), openSince: entry.openSince ?? work.now };
}

/** Announces no more; the next has to begin without having seen the end. */
function parted(work: Work, entry: Entry): Decision {
  const { role, subject } = entry;
  const name = formatIpAddress(subject.address);
  if (role.at === "owning") log(work, subject.address, `${name}: this node has no interface for it any more`);
  const before = role.at === "parted" ? role.handOver : undefined;
  const successors = successorsOf(work, entry, "capability");
  if (successors.length === 0 || (before !== undefined && before.round > 0)) {
    return { entry: { ...entry, role: AWAY }, due: undefined };
  }
  const handOver = asked(work, entry, before, "capability", successors);
  return { entry: { ...entry, role: { at: "parted", handOver } }, due: handOver.nextAt };
}

function asked(
  work: Work,
  entry: Entry,
  before: HandOver | undefined,
  cause: HandOverCause,
  successors: readonly string[],
): HandOver {
  const { now } = work;
  const known = before?.cause === cause && successors.includes(before.to) ? before : undefined;
  if (known !== undefined && now < known.nextAt) return known;
  const sent = known?.sent ?? 0;
  const round = known?.round ?? 0;
  const to = successors[Math.floor(sent / REQUESTS_IN_A_ROW) % successors.length] ?? "";
  if (sent >= HAND_OVER_REQUESTS) return postponed(work, entry, { cause, round: round + 1, to });
  request(work, entry, cause, to);
  return { cause, round, sent: sent + 1, to, nextAt: instantAfter(now, HAND_OVER_INTERVAL) };
}

function postponed(
  work: Work,
  entry: Entry,
  { cause, round, to }: Pick<HandOver, "cause" | "round" | "to">,
): HandOver {
  const { address } = entry.subject;
  const pause = Math.min(HAND_OVER_RETRY * 2 ** (round - 1), LONGEST_HAND_OVER_RETRY);
  const name = formatIpAddress(address);
  log(
    work,
    address,
    `${name} should move (${cause}), but ${to} does not take it; next try in ${pause / 1000} s`,
  );
  return { cause, round, sent: 0, to, nextAt: instantAfter(work.now, pause) };
}

/** Asks one node to take over; all addresses for it leave in one message. */
export function request(work: Work, entry: Entry, cause: HandOverCause, to: string): void {
  const { subject, claim } = entry;
  const epoch = ownEpoch(entry) ?? claim?.epoch;
  if (!work.state.roster.ring || epoch === undefined) return;
  const key = `${cause} ${to}`;
  const wanted = work.requests.get(key) ?? { cause, to, addresses: [] };
  wanted.addresses.push({ address: subject.address, epoch });
  work.requests.set(key, wanted);
}

/** Whom to ask, best first. */
function successorsOf(work: Work, entry: Entry, cause: HandOverCause): readonly string[] {
  const others = entry.line.filter((node) => node !== work.me);
  if (cause === "preference") {
    const mine = entry.subject.own?.preference ?? 0;
    return others.filter((node) => (preferenceOf(entry, node) ?? 0) > mine);
  }
  if (cause !== "drain") return others;
  // During a roll-out an address that goes to a node which has been restarted already need not move again.
  const younger = youngerOf(work, entry, others[0]);
  return [...younger, ...others.filter((node) => !younger.includes(node))];
}

/** Those started after this node, of the same preference as the first in line. */
function youngerOf(work: Work, entry: Entry, first: string | undefined): readonly string[] {
  if (first === undefined) return [];
  const { members } = work.state.roster;
  const { startedAt } = work.context.config;
  const preference = preferenceOf(entry, first);
  const rules = {
    ...work.rules,
    policy: work.state.policy,
    roster: work.state.roster,
    reaches: (...[candidate, subject]: Parameters<typeof work.rules.reaches>) =>
      candidate.preference === preference &&
      (members.get(candidate.node)?.startedAt ?? 0) > startedAt &&
      work.rules.reaches(candidate, subject),
  };
  return lineOf(entry.subject, fieldFor(work, entry.subject.group), rules, 2);
}

/** Somebody asks this node to take addresses over. */
export function askedToTake(work: Work, message: HandOverMessage): void {
  if (message.to !== work.me || message.from === work.me) return;
  for (const { address, epoch } of message.addresses) {
    const place = indexOfAddress(work.entries, address);
    const entry = work.entries[place];
    if (entry === undefined) continue;
    const claim = { epoch, node: message.from };
    if (entry.claim !== undefined && isLaterThan(work, entry.claim, claim)) {
      // It has not heard yet; a request that was answered comes again when the answer was lost.
      tell(work, message.from, { address, ...entry.claim });
    } else if (mayTake(work, entry, message)) {
      work.touched.add(place);
      putEntry(work, place, taking(work, entry, { ...claim, cause: message.cause }));
    }
  }
}

/** What `from` says is not taken for more than it is: this node's own view has to allow it. */
function mayTake(work: Work, entry: Entry, { from, cause }: HandOverMessage): boolean {
  const { roster } = work.state;
  const { own: candidate } = entry.subject;
  if (candidate === undefined || !isElectable(roster, work.me) || !work.state.settled) return false;
  if (!canReach(work, work.me, entry)) return false;
  // Two who take each other for the preferred one would pass an address back and forth.
  return cause !== "preference" || candidate.preference > (preferenceOf(entry, from) ?? -1);
}

function taking(
  work: Work,
  entry: Entry,
  { epoch, node, cause }: { readonly epoch: number; readonly node: string; readonly cause: HandOverCause },
): Entry {
  // In pure hash order the order decides; but who asks to is not in the way.
  if (work.state.policy === "hash") return { ...entry, claim: { epoch, node }, doubt: undefined };
  const until = instantAfter(work.now, TAKING_TIME);
  if (entry.role.at === "taking" && entry.role.from === node) {
    return { ...entry, role: { ...entry.role, tentative: false, until } };
  }
  const role: Role = {
    at: "taking",
    epoch: nextEpoch(epoch),
    from: node,
    cause: `planned:${cause}`,
    tentative: false,
    until,
  };
  return { ...entry, claim: { epoch, node }, role, doubt: undefined, openSince: undefined };
}
