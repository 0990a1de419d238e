import { formatIpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { type ClaimTrailer } from "../../wire/claim-trailer.ts";
import { macNumber } from "../../wire/mac-address.ts";
import { probeFrame } from "../../wire/neighbor-questions.ts";
import { Batches } from "./batches.ts";
import { earlier } from "./timers.ts";
import {
  type AnnouncementSnapshot,
  type AnnouncerContext,
  type AnnouncerEffect,
  type AnnouncerState,
  FIRST_PROBE_DELAY,
  type Holder,
  LAST_PROBE_DELAY,
  type PeerTable,
  PROBE_COUNT,
  PROBE_INTERVAL,
  type Probing,
} from "./types.ts";

type Probings = AnnouncerState["probing"];

/**
 * Which addresses of a new snapshot are asked about. What is known of an address stays known as long as the snapshot has
 * it, as one to announce or as one to watch.
 *
 * @param before the snapshot that was in force, if there was any: only what it did not have is new
 */
export function planProbing(
  probing: Probings,
  before: AnnouncementSnapshot | undefined,
  after: AnnouncementSnapshot,
  now: Instant,
): Probings {
  const planned = new Map<string, Probing>();
  // On most days nothing is asked about, and nothing has to be looked up.
  if (probing.size === 0 && after.probeOnly.length === 0 && !after.announcements.some(({ probe }) => probe))
    return probing;
  const announced = new Set(before?.announcements.map(({ address }) => formatIpAddress(address)));
  const watched = new Set(before?.probeOnly.map(({ address }) => formatIpAddress(address)));
  for (const { address, probe } of after.announcements) {
    const key = formatIpAddress(address);
    const known = probing.get(key);
    // That it was free when last asked about, minutes ago, says little about now.
    const isStale = known?.stage === "free" && watched.has(key);
    if (known !== undefined && !isStale) planned.set(key, known);
    else if (probe && !announced.has(key)) planned.set(key, asking(address, now));
  }
  const own = new Set(
    after.probeOnly.length === 0 ? [] : after.announcements.map(({ address }) => formatIpAddress(address)),
  );
  for (const { address } of after.probeOnly) {
    const key = formatIpAddress(address);
    if (own.has(key)) continue;
    const known = watched.has(key) || probing.get(key)?.stage === "held" ? probing.get(key) : undefined;
    planned.set(key, known ?? asking(address, now));
  }
  return planned;
}

/** Those whose holder turns out to be one of ours are asked about anew: nobody else may have them. */
export function acquitPeers(probing: Probings, { byMac }: PeerTable, now: Instant): Probings {
  const isOurs = ({ mac }: Holder) => byMac.has(macNumber(mac) ?? -1);
  const acquitted = [...probing].filter(([, { holder }]) => holder !== undefined && isOurs(holder));
  if (acquitted.length === 0) return probing;
  return new Map([
    ...probing,
    ...acquitted.map(([key, { address }]): [string, Probing] => [key, asking(address, now)]),
  ]);
}

export interface ProbeRound {
  readonly probing: Probings;
  readonly effects: readonly AnnouncerEffect[];
  /** When the next question, or the end of a round, is due where one can be asked. */
  readonly nextAt: Instant | undefined;
}

/** Asks what is due; a round that is over without an answer frees its address. */
export function askDue(
  probing: Probings,
  placeOf: (key: string) => ProbePlace | undefined,
  context: AnnouncerContext,
): ProbeRound {
  const next = new Map<string, Probing>();
  const questions = new Batches();
  let nextAt: Instant | undefined;
  for (const [key, before] of probing) {
    const place = placeOf(key);
    const after = place === undefined ? interrupted(before) : progressed(before, place, context);
    next.set(key, after);
    if (place === undefined) continue;
    nextAt = earlier(nextAt, after.nextAt);
    if (after === before || after.asked === undefined) continue;
    for (const link of place.links)
      questions.add(link, before.address, [probeFrame(before.address, link.mac, place.claim)]);
  }
  return { probing: next, effects: questions.effects(), nextAt };
}

/** Where an address can be asked about now. */
export interface ProbePlace {
  /** Not empty. */
  readonly links: readonly Link[];
  readonly probeOnly: boolean;
  readonly claim: ClaimTrailer | undefined;
}

/** A stranger has answered, claimed the address, or seeks it for itself. */
export function foundHeld(
  before: Probing,
  holder: Omit<Holder, "since">,
  { now, random }: Pick<AnnouncerContext, "now" | "random">,
): Probing {
  // Between rounds the holder goes on talking; that neither postpones the next round nor is it news.
  if (before.stage === "held" && before.asked === undefined) return before;
  const failures = before.failures + 1;
  const delay = Math.min(FIRST_PROBE_DELAY * 2 ** before.failures, LAST_PROBE_DELAY);
  const nextAt = instantAfter(now, jittered(delay, random));
  const since = before.holder?.since ?? now;
  return {
    address: before.address,
    stage: "held",
    holder: { ...holder, since },
    asked: undefined,
    nextAt,
    failures,
  };
}

function asking(address: Probing["address"], now: Instant): Probing {
  return { address, stage: "asking", holder: undefined, asked: undefined, nextAt: now, failures: 0 };
}

/** A round without a link heard nothing because it could not; it begins anew when there is one. */
function interrupted(before: Probing): Probing {
  return before.asked === undefined ? before : { ...before, asked: undefined };
}

function progressed(before: Probing, { probeOnly }: ProbePlace, context: AnnouncerContext): Probing {
  const { now, random } = context;
  if (before.nextAt === undefined || before.nextAt > now) return before;
  if (before.asked === PROBE_COUNT) {
    // A free address that is only watched is looked at again, in case somebody takes it.
    const nextAt = probeOnly ? instantAfter(now, jittered(LAST_PROBE_DELAY, random)) : undefined;
    return { ...before, stage: "free", holder: undefined, asked: undefined, nextAt, failures: 0 };
  }
  return { ...before, asked: (before.asked ?? 0) + 1, nextAt: instantAfter(now, PROBE_INTERVAL) };
}

/** Between three quarters and five quarters: nodes that began at once do not go on at once. */
function jittered(delay: Millis, random: AnnouncerContext["random"]): Millis {
  return Math.round(delay * (0.75 + random.fraction() / 2));
}
