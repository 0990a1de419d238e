import { formatIpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { formatMac } from "../../wire/mac-address.ts";
import { type HeardClaim } from "./answering.ts";
import { type AnnouncerEffect, type Conflict, DEFEND_INTERVAL } from "./types.ts";

/** So often is told of one claimant of an address, and of so many; ownership needs a hint, not a transcript. */
const OBSERVATION_INTERVAL: Millis = 1000;
const MOST_OBSERVED = 4;

export interface Witnessed {
  readonly conflict: Conflict;
  readonly effects: readonly AnnouncerEffect[];
  /** Whether to announce the address again, once. */
  readonly defend: boolean;
}

/**
 * Takes in that somebody else claims an address. Against strangers an announced one is defended as RFC 5227, section 2.4,
 * rule (c) has it: kept, and announced again at most once per DEFEND_INTERVAL. About agents of ours ownership decides,
 * which hears of them and of strangers alike.
 */
export function witness(
  before: Conflict | undefined,
  heard: HeardClaim,
  node: string | undefined,
  announced: boolean,
  now: Instant,
): Witnessed {
  const { conflict, effects } = observe(before ?? noConflict(heard, now), heard, node, now);
  if (node !== undefined || !announced) return { conflict, effects, defend: false };
  const defend = heard.weight === "firm" && isOver(conflict.defendedAt, DEFEND_INTERVAL, now);
  return { conflict: contested(conflict, heard, defend, now), effects, defend };
}

function contested(before: Conflict, { mac }: HeardClaim, defend: boolean, now: Instant): Conflict {
  const strangerSince = before.strangerSince ?? now;
  const counted = { ...before, stranger: mac.slice(), strangerSince, conflicts: before.conflicts + 1 };
  return defend ? { ...counted, defences: before.defences + 1, defendedAt: now } : counted;
}

function observe(
  before: Conflict,
  { address, mac, claim }: HeardClaim,
  node: string | undefined,
  now: Instant,
): Pick<Witnessed, "conflict" | "effects"> {
  const isOld = now >= instantAfter(before.observedSince, OBSERVATION_INTERVAL);
  const observed = isOld ? [] : before.observed;
  const observedSince = isOld ? now : before.observedSince;
  const who = `${formatMac(mac)} ${claim?.epoch}`;
  const conflict = { ...before, observedSince, observed };
  if (observed.includes(who) || observed.length >= MOST_OBSERVED) return { conflict, effects: [] };
  return {
    conflict: { ...conflict, observed: [...observed, who] },
    effects: [{ kind: "observed", address, mac: mac.slice(), node, claim }],
  };
}

function isOver(since: Instant | undefined, interval: Millis, now: Instant): boolean {
  return since === undefined || now >= instantAfter(since, interval);
}

function noConflict({ address }: HeardClaim, now: Instant): Conflict {
  return {
    address,
    stranger: undefined,
    strangerSince: undefined,
    conflicts: 0,
    defences: 0,
    defendedAt: undefined,
    observedSince: now,
    observed: [],
  };
}

/** What has been heard about these addresses only. */
export function keepConflicts(
  conflicts: ReadonlyMap<string, Conflict>,
  keeps: (key: string) => boolean,
): ReadonlyMap<string, Conflict> {
  const kept = [...conflicts].filter(([key]) => keeps(key));
  return kept.length === conflicts.size ? conflicts : new Map(kept);
}

export function conflictKey({ address }: Pick<HeardClaim, "address">): string {
  return formatIpAddress(address);
}
