import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { type AnnouncerState, type AnnouncerStep, type AnnouncerTimer } from "./types.ts";

/** Metrics may lag by this much; answers never wait for them. */
const COUNTERS_DELAY: Millis = 1000;
/** Counting thousands of addresses up takes milliseconds in which nobody is answered, so it is done more rarely then. */
const COUNTERS_DELAY_PER_ADDRESS: Millis = 1;

/**
 * Arms a timer unless it is going to fire by then anyway: one that fires early finds nothing due and is armed again, so
 * timers need no disarming. `at` undefined leaves it alone.
 */
export function armTimer(
  state: AnnouncerState,
  timer: AnnouncerTimer,
  at: Instant | undefined,
): AnnouncerStep {
  const present = state.armed.get(timer);
  if (at === undefined || (present !== undefined && present <= at)) return { state, effects: [] };
  return {
    state: { ...state, armed: new Map(state.armed).set(timer, at) },
    effects: [{ kind: "arm", timer, at }],
  };
}

/** Takes note that a timer has fired. */
export function timerFired(state: AnnouncerState, timer: AnnouncerTimer): AnnouncerState {
  const armed = new Map(state.armed);
  armed.delete(timer);
  return { ...state, armed };
}

/** Everything that is counted rather than decided. */
export type Counts = Pick<AnnouncerState, "tally" | "drops" | "conflicts">;

export function countsOf({ tally, drops, conflicts }: AnnouncerState): Counts {
  return { tally, drops, conflicts };
}

export function sameCounts(left: Counts, right: Counts | undefined): boolean {
  return left.tally === right?.tally && left.drops === right.drops && left.conflicts === right.conflicts;
}

/** Puts new counts in force and sees to it that they are reported before long. */
export function countOnto(state: AnnouncerState, counts: Partial<Counts>, now: Instant): AnnouncerStep {
  const counted = { ...state, ...counts };
  if (sameCounts(counted, countsOf(state))) return { state, effects: [] };
  const delay = Math.max(COUNTERS_DELAY, COUNTERS_DELAY_PER_ADDRESS * state.settled.size);
  return armTimer(counted, "report-counters", instantAfter(now, delay));
}

export function earlier(left: Instant | undefined, right: Instant | undefined): Instant | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return left < right ? left : right;
}
