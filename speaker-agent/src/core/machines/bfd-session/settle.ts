import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { controlPacket, sameContents } from "./packets.ts";
import { detectTime, jittered, transmitInterval, transmitsPeriodically, wishedIntervals } from "./timing.ts";
import { type Turn } from "./turn.ts";
import {
  type BfdSessionContext,
  type BfdSessionEffect,
  type BfdSessionInput,
  type BfdSessionState,
  type BfdSessionStep,
  type BfdTimer,
} from "./types.ts";

/** What follows from a change by itself: announced parameters, packets that cannot wait, timers, what is told. */
export function settle(
  before: BfdSessionState,
  input: BfdSessionInput,
  turn: Turn,
  context: BfdSessionContext,
): BfdSessionStep {
  const announced = announceIntervals(turn.state);
  const news = isNews(before, announced, turn) ? [sendNow(announced)] : [];
  const hasSent = [...turn.effects, ...news].some(({ kind }) => kind === "send");
  const state = withTransmission(before, withDetection(before, announced), hasSent, context);
  const effects = [...turn.effects, ...news, ...timers(before, state, input), ...tellings(before, state)];
  return { state, effects };
}

/** RFC 5880, section 6.8.3. */
function announceIntervals(state: BfdSessionState): BfdSessionState {
  const wish = wishedIntervals(state);
  if (state.state !== "up")
    return {
      ...state,
      ...wish,
      polling: "no",
      transmitBasis: wish.desiredMinTx,
      detectBasis: wish.requiredMinRx,
    };
  const isSame = wish.desiredMinTx === state.desiredMinTx && wish.requiredMinRx === state.requiredMinRx;
  if (isSame) return state;
  return {
    ...state,
    ...wish,
    // A final that is under way answers what was said before.
    polling: state.polling === "no" ? "yes" : "again",
    transmitBasis: Math.min(state.transmitBasis, wish.desiredMinTx),
    detectBasis: Math.max(state.detectBasis, wish.requiredMinRx),
  };
}

/** RFC 5880, section 6.8.7: what the router does not know yet is sent between two periodic packets. */
function isNews(before: BfdSessionState, state: BfdSessionState, turn: Turn): boolean {
  // Before it is started there is nobody to tell, and after the stop nothing new.
  if (before.state === "admin-down" && state.state === "admin-down") return false;
  if (turn.effects.some(({ kind }) => kind === "send")) return false;
  if (state.config.passive && state.remote === undefined && before.remote === undefined) return false;
  // In demand mode nothing periodic would carry a poll.
  if (state.polling !== "no" && before.polling === "no") return true;
  return !sameContents(controlPacket(before), controlPacket(state));
}

function sendNow(state: BfdSessionState): BfdSessionEffect {
  return { kind: "send", packet: controlPacket(state) };
}

function withTransmission(
  before: BfdSessionState,
  state: BfdSessionState,
  hasSent: boolean,
  { now, random }: BfdSessionContext,
): BfdSessionState {
  if (!transmitsPeriodically(state)) return { ...state, transmitAt: undefined };
  const interval = transmitInterval(state);
  const isFaster = interval < transmitInterval(before);
  if (state.transmitAt !== undefined && !isFaster) return state;
  const soonest = instantAfter(now, jittered(interval, state.config, random));
  if (state.transmitAt === undefined) return { ...state, transmitAt: hasSent ? soonest : now };
  return { ...state, transmitAt: soonest < state.transmitAt ? soonest : state.transmitAt };
}

/** A detection time that is another counts from when the router was heard last. */
function withDetection(before: BfdSessionState, state: BfdSessionState): BfdSessionState {
  const [was, is] = [detectTime(before), detectTime(state)];
  // With a packet the deadline has been set anew already, by the time before the packet's own effect on our intervals.
  if (is === undefined || was === undefined || state.detectAt === undefined) return state;
  if (state.detectAt !== before.detectAt || was === is) return state;
  return { ...state, detectAt: instantAfter(state.detectAt, is - was) };
}

function timers(
  before: BfdSessionState,
  state: BfdSessionState,
  input: BfdSessionInput,
): readonly BfdSessionEffect[] {
  const deadlines = (each: BfdSessionState): readonly (readonly [BfdTimer, Instant | undefined])[] => [
    ["transmit", each.transmitAt],
    ["detect", each.detectAt],
    ["echo", each.echo.at === "off" ? undefined : each.echo.nextAt],
    ["echo-detect", each.echoDetectAt],
  ];
  const earlier = new Map(deadlines(before));
  return deadlines(state).flatMap(([timer, at]): readonly BfdSessionEffect[] => {
    const hasRung = input.kind === "timer" && input.timer === timer;
    if (at === earlier.get(timer) && !(hasRung && at !== undefined)) return [];
    return at === undefined ? [{ kind: "disarm", timer }] : [{ kind: "arm", timer, at }];
  });
}

function tellings(before: BfdSessionState, state: BfdSessionState): readonly BfdSessionEffect[] {
  const { told } = state;
  const effects: BfdSessionEffect[] = [];
  if (before.state !== state.state)
    effects.push({ kind: "transition", from: before.state, to: state.state, because: told.because });
  if (before.told.state !== told.state && told.wasUp) effects.push({ kind: "changed", told });
  return effects;
}
