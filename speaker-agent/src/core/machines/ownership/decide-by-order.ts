import { instantAfter } from "@steelyard/model/foundation";
import { claimed, isDoubted } from "./claims.ts";
import { type Decision } from "./decide-by-claims.ts";
import { request } from "./hand-over.ts";
import { isAgent, isAlive, lossOf } from "./roster.ts";
import { type Entry, type Role } from "./state.ts";
import { GIVING_TIME, HAND_OVER_INTERVAL, type MoveCause } from "./types.ts";
import { AWAY, canReach, ownEpoch, type Work } from "./work.ts";

/**
 * Policy `hash`: the first in MetalLB's order owns the address, claims or not. There is nothing to agree on, so who is no
 * longer first answers on only until it has seen the other.
 */
export function decideByOrder(work: Work, entry: Entry): Decision {
  const [first] = entry.line;
  return first === work.me && !work.state.roster.draining ? beFirst(work, entry) : notFirst(work, entry);
}

function beFirst(work: Work, entry: Entry): Decision {
  const { role, claim, doubt } = entry;
  if (role.at === "owning" && claim?.node === work.me) return { entry, due: undefined };
  if (!work.state.settled) return { entry: away(entry), due: undefined };
  // Somebody with a later claim sees another order: its view of the API, or ours, is old.
  if (doubt !== undefined && doubt.node === claim?.node && work.now < doubt.until) {
    return { entry: away(entry), due: doubt.until };
  }
  if (role.at === "giving" && claim?.node === work.me) {
    const owning: Role = { at: "owning", probe: false, handOver: undefined, againAt: work.now };
    return { entry: { ...entry, role: owning }, due: undefined };
  }
  const { cause, detectionMillis } = whyMine(work, entry);
  return { entry: claimed(work, { ...entry, role: AWAY }, cause, detectionMillis), due: undefined };
}

function whyMine(
  work: Work,
  entry: Entry,
): { readonly cause: MoveCause; readonly detectionMillis: number | undefined } {
  const { claim } = entry;
  if (claim === undefined) return { cause: "first", detectionMillis: undefined };
  if (
    claim.node === work.me ||
    isAlive(work.state.roster, claim.node) ||
    isDoubted(work, entry, claim.node)
  ) {
    return { cause: "order", detectionMillis: undefined };
  }
  return lossOf(work.state.roster, claim.node);
}

function notFirst(work: Work, entry: Entry): Decision {
  const epoch = ownEpoch(entry);
  const mustStop =
    entry.subject.group.candidates.length === 0 ||
    (entry.subject.own !== undefined && !canReach(work, work.me, entry));
  if (epoch === undefined || mustStop) return { entry: away(entry), due: undefined };
  const { role } = entry;
  if (role.at === "giving") return stillGiving(work, entry, role);
  const [next] = entry.line;
  // Nobody to give it to that could be asked or seen: MetalLB's speakers take over when this node has left the ring.
  if (work.state.roster.draining && !canBeAsked(work, next)) return { entry, due: undefined };
  const until = instantAfter(work.now, GIVING_TIME);
  return stillGiving(work, entry, { at: "giving", epoch, until, nextRequestAt: work.now });
}

function stillGiving(work: Work, entry: Entry, role: Extract<Role, { at: "giving" }>): Decision {
  const { now } = work;
  if (now >= role.until) return { entry: away(entry), due: undefined };
  let { nextRequestAt } = role;
  if (nextRequestAt <= now) {
    const [next] = entry.line;
    const cause = work.state.roster.draining ? "drain" : "candidate";
    // Who has claimed it need not be asked, only seen.
    const isAsked = next !== undefined && canBeAsked(work, next) && entry.claim?.node === work.me;
    if (isAsked) request(work, entry, cause, next);
    nextRequestAt = instantAfter(now, HAND_OVER_INTERVAL);
  }
  const due = nextRequestAt < role.until ? nextRequestAt : role.until;
  return { entry: { ...entry, role: { ...role, nextRequestAt } }, due };
}

function canBeAsked({ state: { roster } }: Work, node: string | undefined): boolean {
  return node !== undefined && roster.ring && isAgent(roster, node);
}

function away(entry: Entry): Entry {
  return entry.role.at === "away" ? entry : { ...entry, role: AWAY };
}
