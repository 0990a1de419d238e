import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { ECHO_FAILED } from "./diagnostics.ts";
import { down, type Turn } from "./turn.ts";
import { jittered } from "./timing.ts";
import { type BfdSessionContext, type BfdSessionState, type EchoState, SLOW_INTERVAL } from "./types.ts";

/** After that many without an answer a router that was never seen to return one is asked rarely. */
const EAGER_TRIES = 10;

/** The greater of both wishes (RFC 5880, section 6.8.9); undefined = there is no echo function now. */
export function echoInterval({ config, remote, state }: BfdSessionState): Millis | undefined {
  if (config.echoInterval === undefined || state !== "up" || remote?.state !== "up") return undefined;
  // Zero: the router does not return them (section 6.8.1).
  if (remote.requiredMinEchoRx === 0) return undefined;
  return Math.max(config.echoInterval, remote.requiredMinEchoRx);
}

/** Begins and ends the function as both sides' states and wishes allow. */
export function settleEcho(state: BfdSessionState, now: Instant): BfdSessionState {
  const wanted = echoInterval(state) !== undefined;
  if (wanted === (state.echo.at !== "off")) return state;
  const echo: EchoState = wanted ? { at: "trying", sent: 0, returned: 0, nextAt: now } : { at: "off" };
  return { ...state, echo, echoDetectAt: undefined };
}

export function echoDue(state: BfdSessionState, { now, random }: BfdSessionContext): Turn {
  const { echo, config } = state;
  const interval = echoInterval(state);
  if (echo.at === "off" || interval === undefined || now < echo.nextAt) return { state, effects: [] };
  const isHopeless = echo.at === "trying" && echo.sent >= EAGER_TRIES;
  const pause = jittered(isHopeless ? Math.max(SLOW_INTERVAL, interval) : interval, config, random);
  const onTime = instantAfter(echo.nextAt, pause);
  const nextAt = onTime > now ? onTime : instantAfter(now, pause);
  const sent = echo.sent + 1;
  return {
    state: { ...state, echo: { ...echo, sent, nextAt } },
    effects: [{ kind: "send-echo", sequence: sent }],
  };
}

/** One that came back twice, late, or was never sent proves nothing. */
export function echoReturned(state: BfdSessionState, sequence: number, now: Instant): BfdSessionState {
  const { echo, config } = state;
  const interval = echoInterval(state);
  if (echo.at === "off" || interval === undefined) return state;
  if (sequence <= echo.returned || sequence > echo.sent) return state;
  return {
    ...state,
    echo: { ...echo, at: "proven", returned: sequence },
    echoDetectAt: instantAfter(now, config.detectMultiplier * interval),
  };
}

/** RFC 5880, section 6.4. */
export function echoMissed(state: BfdSessionState, now: Instant): BfdSessionState {
  const interval = echoInterval(state);
  if (state.echoDetectAt === undefined || interval === undefined || now < state.echoDetectAt) return state;
  const silence = state.config.detectMultiplier * interval;
  return down(state, ECHO_FAILED, `the router has returned no echo packet for ${silence} ms`);
}
