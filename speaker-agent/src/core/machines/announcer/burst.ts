import { type IpAddress } from "@steelyard/model/address";
import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { sameMac } from "../../wire/mac-address.ts";
import { unaskedFrames } from "../../wire/neighbor-frames.ts";
import { Batches } from "./batches.ts";
import { placeKey, protocolOf, socketKey } from "./keys.ts";
import { addToTally } from "./tally.ts";
import {
  type AnnouncedAddress,
  type AnnouncerEffect,
  type AnnouncerState,
  type AnsweringTable,
  type Burst,
  GRATUITOUS_DURATION,
  GRATUITOUS_INTERVAL,
  type Tally,
} from "./types.ts";

type Answering = AnnouncerState["answering"];
type Bursts = AnnouncerState["bursts"];

/**
 * A burst for every address on every link where it was not announced a moment ago with the same MAC, and one round where
 * the claim is another one, which other claimants want to know. Bursts under way go on undisturbed, and those of
 * addresses that are gone end. Nothing else ever starts one (reference metallb.md, quirk 15: there every unrelated update
 * did).
 */
export function planBursts(bursts: Bursts, before: Answering, after: Answering, now: Instant): Bursts {
  const next = new Map<string, Burst>();
  for (const [socket, table] of after) {
    for (const announced of table.addresses.values()) {
      const isKept = isAnnouncedLike(announced, before.get(socket), table);
      // On most days nothing bursts, and no key has to be made.
      if (isKept && bursts.size === 0) continue;
      const key = placeKey(table.link.index, announced.address);
      const running = bursts.get(key);
      const burst = isKept ? running : planBurst(running, before.get(socket), table, announced, now);
      if (burst !== undefined) next.set(key, burst);
    }
  }
  return next;
}

function isAnnouncedLike(
  { address, claim }: AnnouncedAddress,
  before: AnsweringTable | undefined,
  { link }: AnsweringTable,
): boolean {
  const was = before?.addresses.get(address.value);
  if (before === undefined || was === undefined) return false;
  return was.claim?.epoch === claim?.epoch && sameMac(before.link.mac, link.mac);
}

function planBurst(
  running: Burst | undefined,
  before: AnsweringTable | undefined,
  { link }: AnsweringTable,
  { address }: AnnouncedAddress,
  now: Instant,
): Burst {
  const was = before?.addresses.get(address.value);
  const place = { interfaceIndex: link.index, address, nextAt: now };
  if (before === undefined || was === undefined || !sameMac(before.link.mac, link.mac))
    return { ...place, endsAt: instantAfter(now, GRATUITOUS_DURATION) };
  return { ...place, endsAt: running?.endsAt ?? now };
}

/** One round for each address on every link it is announced on; a burst that is under way goes on after it. */
export function oneRound(
  bursts: Bursts,
  answering: Answering,
  addresses: readonly IpAddress[],
  now: Instant,
): Bursts {
  const next = new Map(bursts);
  for (const { link, addresses: announced } of answering.values()) {
    for (const address of addresses) {
      if (announced.get(address.value)?.address.family !== address.family) continue;
      const key = placeKey(link.index, address);
      const endsAt = bursts.get(key)?.endsAt ?? now;
      next.set(key, { interfaceIndex: link.index, address, nextAt: now, endsAt });
    }
  }
  return next;
}

export interface Round {
  readonly bursts: Bursts;
  readonly tally: Tally;
  readonly effects: readonly AnnouncerEffect[];
}

/** Sends the rounds that are due, one batch per socket, and drops bursts that have sent their last. */
export function sendDueRounds(bursts: Bursts, answering: Answering, tally: Tally, now: Instant): Round {
  const next = new Map<string, Burst>();
  const batches = new Batches();
  let counted = tally;
  for (const [key, burst] of bursts) {
    const { address, interfaceIndex } = burst;
    const table = answering.get(socketKey(interfaceIndex, protocolOf(address)));
    const announced = table?.addresses.get(address.value);
    if (table === undefined || announced === undefined) continue;
    if (burst.nextAt <= now) {
      const frames = unaskedFrames(address, table.link.mac, announced.claim);
      batches.add(table.link, address, frames);
      counted = addToTally(counted, address, { gratuitous: frames.length });
    }
    const rest = restOf(burst, now);
    if (rest !== undefined) next.set(key, rest);
  }
  return { bursts: next, tally: counted, effects: batches.effects() };
}

/** When the next round is due. */
export function nextRound(bursts: Bursts): Instant | undefined {
  let next: Instant | undefined;
  for (const { nextAt } of bursts.values()) if (next === undefined || nextAt < next) next = nextAt;
  return next;
}

function restOf(burst: Burst, now: Instant): Burst | undefined {
  if (burst.nextAt > now) return burst;
  // A worker that was held up skips the rounds it missed instead of sending them all at once.
  const missed = Math.floor((now - burst.nextAt) / GRATUITOUS_INTERVAL);
  const nextAt = instantAfter(burst.nextAt, (missed + 1) * GRATUITOUS_INTERVAL);
  return nextAt > burst.endsAt ? undefined : { ...burst, nextAt };
}
