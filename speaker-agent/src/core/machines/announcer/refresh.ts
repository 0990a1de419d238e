import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { unaskedFrames } from "../../wire/neighbor-frames.ts";
import { Batches } from "./batches.ts";
import { placeKey, protocolOf, socketKey } from "./keys.ts";
import { addToTally } from "./tally.ts";
import { earlier } from "./timers.ts";
import {
  type AnnouncerContext,
  type AnnouncerEffect,
  type AnnouncerState,
  GRATUITOUS_DURATION,
  type Refresh,
  type Tally,
} from "./types.ts";

type Answering = AnnouncerState["answering"];
type Refreshes = AnnouncerState["refreshes"];

/** Reminders are due on this grid, so that ten thousand addresses wake the thread ten times a second and not more. */
const GRID: Millis = 100;

/**
 * A reminder for every address on every link it is announced on. The first lies anywhere in the interval after the burst,
 * so that addresses that began together do not go on together.
 */
export function planRefreshes(
  refreshes: Refreshes,
  answering: Answering,
  context: AnnouncerContext,
): Refreshes {
  const { config, now, random } = context;
  const next = new Map<string, Refresh>();
  if (config.refreshInterval <= 0) return next;
  for (const { link, addresses } of answering.values()) {
    for (const { address } of addresses.values()) {
      const key = placeKey(link.index, address);
      const first = GRATUITOUS_DURATION + random.fraction() * config.refreshInterval;
      const fresh = { interfaceIndex: link.index, address, nextAt: onGrid(instantAfter(now, first)) };
      next.set(key, refreshes.get(key) ?? fresh);
    }
  }
  return next;
}

export interface RefreshRound {
  readonly refreshes: Refreshes;
  readonly tally: Tally;
  readonly effects: readonly AnnouncerEffect[];
  readonly nextAt: Instant | undefined;
}

/** Sends the reminders that are due. One that was held up is sent once, however many were missed. */
export function sendDueRefreshes(
  refreshes: Refreshes,
  answering: Answering,
  before: Tally,
  { config, now, random }: AnnouncerContext,
): RefreshRound {
  const next = new Map(refreshes);
  const batches = new Batches();
  let tally = before;
  let nextAt: Instant | undefined;
  for (const [key, refresh] of refreshes) {
    const { interfaceIndex, address } = refresh;
    const table = answering.get(socketKey(interfaceIndex, protocolOf(address)));
    const announced = table?.addresses.get(address.value);
    if (table === undefined || announced === undefined) continue;
    let due = refresh.nextAt;
    if (due <= now) {
      const frames = unaskedFrames(address, table.link.mac, announced.claim);
      batches.add(table.link, address, frames);
      tally = addToTally(tally, address, { gratuitous: frames.length });
      due = onGrid(instantAfter(now, config.refreshInterval * (0.9 + random.fraction() / 5)));
      next.set(key, { ...refresh, nextAt: due });
    }
    nextAt = earlier(nextAt, due);
  }
  return { refreshes: next, tally, effects: batches.effects(), nextAt };
}

function onGrid(instant: Instant): Instant {
  return (Math.ceil(instant / GRID) * GRID) as Instant;
}
