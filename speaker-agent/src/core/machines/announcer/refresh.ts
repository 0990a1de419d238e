import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { unaskedFrames } from "../../wire/neighbor-frames.ts";
import { Batches } from "./batches.ts";
import { addToTally } from "./tally.ts";
import { earlier } from "./timers.ts";
import {
  type AnnouncerContext,
  type AnnouncerEffect,
  type AnnouncerState,
  type AnsweringTable,
  GRATUITOUS_DURATION,
  type Refreshes,
  type Tally,
} from "./types.ts";

type Answering = AnnouncerState["answering"];

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
  const next = new Map<string, ReadonlyMap<bigint, Instant>>();
  if (config.refreshInterval <= 0) return next;
  const first = () =>
    onGrid(instantAfter(now, GRATUITOUS_DURATION + random.fraction() * config.refreshInterval));
  for (const [socket, { addresses }] of answering) {
    const known = refreshes.get(socket);
    const planned = new Map<bigint, Instant>();
    for (const value of addresses.keys()) planned.set(value, known?.get(value) ?? first());
    next.set(socket, planned);
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
  context: AnnouncerContext,
): RefreshRound {
  const next = new Map<string, ReadonlyMap<bigint, Instant>>();
  const batches = new Batches();
  let tally = before;
  let nextAt: Instant | undefined;
  for (const [socket, planned] of refreshes) {
    const table = answering.get(socket);
    if (table === undefined) continue;
    const due: bigint[] = [];
    for (const [value, at] of planned) if (at <= context.now) due.push(value);
    for (const value of due) tally = remind(table, value, batches, tally);
    const rest = due.length === 0 ? planned : postponed(planned, due, context);
    next.set(socket, rest);
    for (const at of rest.values()) nextAt = earlier(nextAt, at);
  }
  return { refreshes: next, tally, effects: batches.effects(), nextAt };
}

function remind({ link, addresses }: AnsweringTable, value: bigint, batches: Batches, tally: Tally): Tally {
  const announced = addresses.get(value);
  if (announced === undefined) return tally;
  const { address, claim } = announced;
  const frames = unaskedFrames(address, link.mac, claim);
  batches.add(link, address, frames);
  return addToTally(tally, address, { gratuitous: frames.length });
}

function postponed(
  planned: ReadonlyMap<bigint, Instant>,
  due: readonly bigint[],
  { config, now, random }: AnnouncerContext,
): ReadonlyMap<bigint, Instant> {
  const next = new Map(planned);
  for (const value of due) {
    next.set(value, onGrid(instantAfter(now, config.refreshInterval * (0.9 + random.fraction() / 5))));
  }
  return next;
}

function onGrid(instant: Instant): Instant {
  return (Math.ceil(instant / GRID) * GRID) as Instant;
}
