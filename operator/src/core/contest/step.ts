import { assertNever, type Instant } from "@steelyard/model/foundation";
import {
  flippingDue,
  flippingToldBefore,
  isForgotten as isFlippingForgotten,
  requestAnswered,
  requestChanged,
  settledDown,
} from "./flipping.ts";
import { findRewritten } from "./marks.ts";
import {
  calmedDown,
  isForgotten as isRewritingForgotten,
  rewritingDue,
  rewritingToldBefore,
  rewritten,
  spaced,
} from "./rewriting.ts";
import {
  CALM_AFTER,
  type ContestContext,
  type ContestEffect,
  type ContestInput,
  type ContestState,
  type ContestStep,
  type LastWrite,
  type Observation,
  type Rival,
} from "./types.ts";

/** As many as an object may run ahead of one write of ours, and few enough to be kept for thousands of objects. */
const versionsKept = 8;

/** Recognises who works against us on one Service: see README.md for what it promises. Pure; never throws. */
export function stepContest(state: ContestState, input: ContestInput, { now }: ContestContext): ContestStep {
  const step = react(state, input, now);
  const due = earliest(
    rewritingDue(step.state.rewriting, step.state.lastWrite, now),
    flippingDue(step.state.flipping, step.state.last?.request, step.state.lastWrite),
  );
  return due === undefined ? step : { ...step, effects: [...step.effects, { kind: "look-again", at: due }] };
}

/** Whether an operator that forgets the Service would do nothing else than one that remembers it. */
export function isForgettable(state: ContestState, now: Instant): boolean {
  const { lastWrite, isWriting, rewriting, flipping } = state;
  const isOld = lastWrite === undefined || now - lastWrite.at >= CALM_AFTER;
  return isOld && !isWriting && isRewritingForgotten(rewriting, now) && isFlippingForgotten(flipping, now);
}

function react(state: ContestState, input: ContestInput, now: Instant): ContestStep {
  switch (input.kind) {
    case "observed":
      return observe(state, input, now);
    case "writing":
      return { state: { ...state, isWriting: true }, effects: [] };
    case "wrote":
      return noteWrite(state, input, now);
    case "not-written": {
      const lastWrite = input.certain ? state.lastWrite : undefined;
      return compare({ ...state, isWriting: false, lastWrite }, now);
    }
    case "rival-identified":
      return identify(state, input);
    case "tick":
      return calm(state, now);
    default:
      return assertNever(input);
  }
}

/** A version that has been seen already is a repetition, or comes from a server that lags behind: it tells nothing. */
function observe(
  state: ContestState,
  input: Extract<ContestInput, { kind: "observed" }>,
  now: Instant,
): ContestStep {
  if (state.seen.includes(input.version)) return { state, effects: [] };
  const { version, marks, request, told } = input;
  const last: Observation = { version, marks, request };
  const next = { ...state, last, seen: [...state.seen, version].slice(-versionsKept) };
  if (state.last === undefined) return { state: resumed(next, last, told, now), effects: [] };
  const compared = next.isWriting ? { state: next, effects: [] } : compare(next, now);
  if (state.last.request.text === request.text) return compared;
  const change = { before: state.last.request, after: request };
  const { flipping, effects } = requestChanged(next.flipping, change, next.lastWrite, now);
  return { state: { ...compared.state, flipping }, effects: [...compared.effects, ...effects] };
}

/** Levels, not edges: the condition on the Service says what a predecessor has found out. */
function resumed(
  state: ContestState,
  last: Observation,
  told: Extract<ContestInput, { kind: "observed" }>["told"],
  now: Instant,
): ContestState {
  return {
    ...state,
    ...(told.isRewritten && { rewriting: rewritingToldBefore(now) }),
    ...(told.isFlipping && { flipping: flippingToldBefore(last, told.inForce, now) }),
  };
}

/** Our write is compared with the last version, unless that is what we replaced, or what became of it. */
function noteWrite(
  state: ContestState,
  { before, after, written, request }: Extract<ContestInput, { kind: "wrote" }>,
  now: Instant,
): ContestStep {
  const next: ContestState = {
    ...state,
    isWriting: false,
    lastWrite: { at: now, written, request, isUndone: false },
    rewriting: spaced(state.rewriting, now),
    flipping: requestAnswered(state.flipping, request),
  };
  const isLater = state.last !== undefined && ![before, after].includes(state.last.version);
  return isLater ? compare(next, now) : { state: next, effects: [] };
}

/** One write of ours can be undone once only; to be undone again it has to have been there again. */
function compare(state: ContestState, now: Instant): ContestStep {
  const { last, lastWrite } = state;
  if (last === undefined || lastWrite === undefined) return { state, effects: [] };
  const field = findRewritten(lastWrite.written, last.marks);
  // What stands is remembered once, not twice: after a start there are thousands of these.
  if (field === undefined) {
    const shared = { last: { ...last, marks: lastWrite.written }, lastWrite: standing(lastWrite) };
    return { state: { ...state, ...shared }, effects: [] };
  }
  const next = { ...state, lastWrite: { ...lastWrite, isUndone: true } };
  if (lastWrite.isUndone) return { state: next, effects: [] };
  const { rewriting, effects } = rewritten(state.rewriting, field, now);
  return { state: { ...next, rewriting }, effects };
}

function standing(lastWrite: LastWrite): LastWrite {
  return lastWrite.isUndone ? { ...lastWrite, isUndone: false } : lastWrite;
}

function identify(
  state: ContestState,
  { field, manager }: Extract<ContestInput, { kind: "rival-identified" }>,
): ContestStep {
  const found: Rival = manager === undefined ? { is: "nameless", field } : { is: "named", field, manager };
  const named = <T extends ContestState["rewriting"] | ContestState["flipping"]>(contest: T): T =>
    contest.at === "contested" && contest.rival.is === "sought" && contest.rival.field === field
      ? { ...contest, rival: found }
      : contest;
  const next = { ...state, rewriting: named(state.rewriting), flipping: named(state.flipping) };
  const isNews = next.rewriting !== state.rewriting || next.flipping !== state.flipping;
  return { state: isNews ? next : state, effects: isNews ? [{ kind: "transition" }] : [] };
}

function calm(state: ContestState, now: Instant): ContestStep {
  const { rewriting, effects: first } = calmedDown(state.rewriting, state.lastWrite, now);
  const { flipping, effects: second } = settledDown(
    state.flipping,
    state.last?.request,
    state.lastWrite,
    now,
  );
  const effects: readonly ContestEffect[] = [...first, ...second];
  return { state: effects.length === 0 ? state : { ...state, rewriting, flipping }, effects };
}

function earliest(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
