import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { sameMac } from "../../wire/mac-address.ts";
import { placeKey, protocolOf, socketKey } from "./keys.ts";
import { advertisementFrame, EVERYONE, gratuitousArpFrames } from "../../wire/neighbor-frames.ts";
import { addToTally } from "./tally.ts";
import {
  type AnnouncerEffect,
  type AnnouncerState,
  type AnsweringTable,
  type Burst,
  GRATUITOUS_DURATION,
  GRATUITOUS_INTERVAL,
  type NeighborProtocol,
  type Tally,
} from "./types.ts";

type Answering = AnnouncerState["answering"];
type Bursts = AnnouncerState["bursts"];

/**
 * A burst for every address on every link where it was not announced a moment ago with the same MAC; bursts under way
 * go on undisturbed, and those of addresses that are gone end. Nothing else ever starts one (reference metallb.md,
 * quirk 15: there every unrelated update did).
 */
export function planBursts(bursts: Bursts, before: Answering, after: Answering, now: Instant): Bursts {
  const next = new Map<string, Burst>();
  for (const [socket, table] of after) {
    for (const address of table.addresses.values()) {
      const key = placeKey(table.link.index, address);
      const running = bursts.get(key);
      const isNew = !wasAnnounced(before.get(socket), table, address.value);
      if (isNew) next.set(key, startedBurst(table, address, now));
      else if (running !== undefined) next.set(key, running);
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
  const batches = new Map<
    string,
    { interfaceIndex: number; protocol: NeighborProtocol; frames: Uint8Array[] }
  >();
  let counted = tally;
  for (const [key, burst] of bursts) {
    const protocol = protocolOf(burst.address);
    const socket = socketKey(burst.interfaceIndex, protocol);
    const link = answering.get(socket)?.link;
    if (link === undefined) continue;
    if (burst.nextAt <= now) {
      const frames = gratuitousFrames(burst, link.mac);
      const batch = batches.get(socket) ?? { interfaceIndex: burst.interfaceIndex, protocol, frames: [] };
      batch.frames.push(...frames);
      batches.set(socket, batch);
      counted = addToTally(counted, burst.address, { gratuitous: frames.length });
    }
    const rest = restOf(burst, now);
    if (rest !== undefined) next.set(key, rest);
  }
  return {
    bursts: next,
    tally: counted,
    effects: [...batches.values()].map((batch) => ({ kind: "send", ...batch })),
  };
}

/** When the next round is due. */
export function nextRound(bursts: Bursts): Instant | undefined {
  let next: Instant | undefined;
  for (const { nextAt } of bursts.values()) if (next === undefined || nextAt < next) next = nextAt;
  return next;
}

function wasAnnounced(before: AnsweringTable | undefined, table: AnsweringTable, value: bigint): boolean {
  return before !== undefined && before.addresses.has(value) && sameMac(before.link.mac, table.link.mac);
}

function startedBurst({ link }: AnsweringTable, address: Burst["address"], now: Instant): Burst {
  return { interfaceIndex: link.index, address, nextAt: now, endsAt: instantAfter(now, GRATUITOUS_DURATION) };
}

function restOf(burst: Burst, now: Instant): Burst | undefined {
  if (burst.nextAt > now) return burst;
  // A worker that was held up skips the rounds it missed instead of sending them all at once.
  const missed = Math.floor((now - burst.nextAt) / GRATUITOUS_INTERVAL);
  const nextAt = instantAfter(burst.nextAt, (missed + 1) * GRATUITOUS_INTERVAL);
  return nextAt > burst.endsAt ? undefined : { ...burst, nextAt };
}

function gratuitousFrames(burst: Burst, mac: Uint8Array): readonly Uint8Array[] {
  if (burst.address.family === "IPv4") return gratuitousArpFrames(burst.address, mac);
  return [advertisementFrame(burst.address, mac, EVERYONE)];
}
