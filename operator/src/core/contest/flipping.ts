import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { changedField, isMetBy, type StatedRequest } from "./stated-request.ts";
import {
  type ContestEffect,
  type EndedContest,
  FIRST_HOLD,
  FLIP_WINDOW,
  type Flipping,
  HOLD_WHEN_MET,
  type LastWrite,
  LONGEST_HOLD,
  MOST_CHANGES,
  REACTION_TIME,
  type RequestChange,
  RETURN_WINDOW,
  TOLERATED_TIMES,
} from "./types.ts";

interface Step {
  readonly flipping: Flipping;
  readonly effects: readonly ContestEffect[];
}

interface Change {
  readonly before: StatedRequest;
  readonly after: StatedRequest;
}

/** The Service asks for something else than before. */
export function requestChanged(
  flipping: Flipping,
  { before, after }: Change,
  lastWrite: LastWrite | undefined,
  now: Instant,
): Step {
  if (flipping.at === "contested") return { flipping: { ...flipping, lastChangeAt: now }, effects: [] };
  const known = recent(flipping.changes, now);
  const isAnswered = lastWrite?.request.text === before.text;
  const change = {
    at: now,
    from: before.text,
    isReaction: isAnswered && now - lastWrite.at <= REACTION_TIME,
    isReturn: known.some(({ from }) => from === after.text),
  };
  const changes = [...known, change];
  if (!isContest(changes, now)) return { flipping: { ...flipping, changes }, effects: [] };
  const field = changedField(before, after);
  return {
    flipping: {
      at: "contested",
      rival: { is: "sought", field },
      inForce: lastWrite?.request ?? before,
      lastChangeAt: now,
      hold: nextHold(flipping.before, now),
    },
    effects: [{ kind: "identify-rival", field }, { kind: "transition" }],
  };
}

/** A contest that began before our time: what the Service asks for now is as good as what it asked for then. */
export function flippingToldBefore(request: StatedRequest, now: Instant): Flipping {
  return {
    at: "contested",
    rival: { is: "told-before" },
    inForce: request,
    lastChangeAt: now,
    hold: FIRST_HOLD,
  };
}

/** Ends a contest in which the request has been left alone for long enough. */
export function settledDown(
  flipping: Flipping,
  request: StatedRequest | undefined,
  lastWrite: LastWrite | undefined,
  now: Instant,
): Step {
  if (flipping.at === "calm" || now < quietAt(flipping, request, lastWrite)) return { flipping, effects: [] };
  const before: EndedContest = { endedAt: now, hold: flipping.hold };
  return { flipping: { at: "calm", changes: [], before }, effects: [{ kind: "transition" }] };
}

/** When something changes by time alone; undefined = never. */
export function flippingDue(
  flipping: Flipping,
  request: StatedRequest | undefined,
  lastWrite: LastWrite | undefined,
): Instant | undefined {
  return flipping.at === "calm" ? undefined : quietAt(flipping, request, lastWrite);
}

export function isForgotten(flipping: Flipping, now: Instant): boolean {
  if (flipping.at === "contested") return false;
  return recent(flipping.changes, now).length === 0 && !isRemembered(flipping.before, now);
}

/**
 * Three signs, each of which a person does not give: to change the request in the same breath in which it was answered,
 * to go back to an earlier value again and again, and to change it faster than anybody reads. Who undoes an edit by
 * hand, or tries three values one after the other, gives none of them.
 */
function isContest(changes: readonly RequestChange[], now: Instant): boolean {
  const quick = changes.filter(({ at }) => now - at < FLIP_WINDOW);
  return (
    quick.filter(({ isReaction }) => isReaction).length > TOLERATED_TIMES ||
    changes.filter(({ isReturn }) => isReturn).length > TOLERATED_TIMES ||
    quick.length > MOST_CHANGES
  );
}

function recent(changes: readonly RequestChange[], now: Instant): readonly RequestChange[] {
  return changes.filter(({ at }) => now - at < RETURN_WINDOW);
}

function quietAt(
  { lastChangeAt, hold, inForce }: Extract<Flipping, { readonly at: "contested" }>,
  request: StatedRequest | undefined,
  lastWrite: LastWrite | undefined,
): Instant {
  const isMet =
    request !== undefined &&
    (request.text === inForce.text || isMetBy(request, lastWrite?.written.addresses ?? []));
  return instantAfter(lastChangeAt, isMet ? HOLD_WHEN_MET : hold);
}

function nextHold(before: EndedContest | undefined, now: Instant): Millis {
  return isRemembered(before, now) ? Math.min(LONGEST_HOLD, 2 * before.hold) : FIRST_HOLD;
}

function isRemembered(before: EndedContest | undefined, now: Instant): before is EndedContest {
  return before !== undefined && now - before.endedAt < LONGEST_HOLD;
}
