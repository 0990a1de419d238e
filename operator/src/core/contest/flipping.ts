import { assertNever, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { ownServiceAnnotations } from "@steelyard/model/resources";
import { type ContestedField } from "./contested-field.ts";
import { changedField, contentRequest, isMetBy, type StatedRequest } from "./stated-request.ts";
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
  type Observation,
  PROBATION,
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
  const field = changedField(before, after);
  if (flipping.at === "ending") return contested(flipping.inForce, field, doubled(flipping.hold), now);
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
  return contested(worthKeeping({ before, after }, lastWrite), field, nextHold(flipping.before, now), now);
}

/** What we answered last; if that gave the Service nothing, there is nothing to keep, and it may as well get its way. */
function worthKeeping({ before, after }: Change, lastWrite: LastWrite | undefined): StatedRequest {
  if (lastWrite === undefined) return before;
  return lastWrite.written.addresses.length > 0 ? lastWrite.request : after;
}

function contested(inForce: StatedRequest, field: ContestedField, hold: Millis, now: Instant): Step {
  return {
    flipping: { at: "contested", rival: { is: "sought", field }, inForce, lastChangeAt: now, hold },
    effects: [{ kind: "identify-rival", field }, { kind: "transition" }],
  };
}

/**
 * A contest that began before our time. What was in force then is not told, but what the Service holds by it is, and
 * that stays; what one that holds nothing asks for now is as good as what it asked for then.
 */
export function flippingToldBefore(
  { request, marks }: Observation,
  told: StatedRequest | undefined,
  now: Instant,
): Flipping {
  const holdsAny =
    marks.addresses.length > 0 || marks.annotations[ownServiceAnnotations.contestedAddresses] !== undefined;
  return {
    at: "contested",
    rival: { is: "told-before" },
    inForce: told ?? (holdsAny ? contentRequest(request) : request),
    lastChangeAt: now,
    hold: FIRST_HOLD,
  };
}

/** A write that was planned before the contest began has been carried out: what it answered is in force. */
export function requestAnswered(flipping: Flipping, request: StatedRequest): Flipping {
  return flipping.at === "calm" || flipping.inForce.text === request.text
    ? flipping
    : { ...flipping, inForce: request };
}

/**
 * Ends a contest in which the request has been left alone for long enough. It may be that the rival only waits for a
 * write of ours: so the first such write tells that it is over, and nothing moves before the rival has let it pass.
 */
export function settledDown(
  flipping: Flipping,
  request: StatedRequest | undefined,
  lastWrite: LastWrite | undefined,
  now: Instant,
): Step {
  const due = flippingDue(flipping, request, lastWrite);
  if (due === undefined || flipping.at === "calm" || now < due) return { flipping, effects: [] };
  const { inForce, hold } = flipping;
  const next: Flipping =
    flipping.at === "contested"
      ? { at: "ending", inForce, hold, endsAt: instantAfter(now, PROBATION) }
      : { at: "calm", changes: [], before: { endedAt: now, hold } };
  return { flipping: next, effects: [{ kind: "transition" }] };
}

/** When something changes by time alone; undefined = never. */
export function flippingDue(
  flipping: Flipping,
  request: StatedRequest | undefined,
  lastWrite: LastWrite | undefined,
): Instant | undefined {
  switch (flipping.at) {
    case "calm":
      return undefined;
    case "contested":
      return quietAt(flipping, request, lastWrite);
    case "ending":
      return flipping.endsAt;
    default:
      return assertNever(flipping);
  }
}

export function isForgotten(flipping: Flipping, now: Instant): boolean {
  if (flipping.at !== "calm") return false;
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
    (request.text === inForce.text || isMetBy(request, lastWrite?.written.addresses ?? [], inForce));
  return instantAfter(lastChangeAt, isMet && hold === FIRST_HOLD ? HOLD_WHEN_MET : hold);
}

function nextHold(before: EndedContest | undefined, now: Instant): Millis {
  return isRemembered(before, now) ? doubled(before.hold) : FIRST_HOLD;
}

function doubled(hold: Millis): Millis {
  return Math.min(LONGEST_HOLD, 2 * hold);
}

function isRemembered(before: EndedContest | undefined, now: Instant): before is EndedContest {
  return before !== undefined && now - before.endedAt < LONGEST_HOLD;
}
