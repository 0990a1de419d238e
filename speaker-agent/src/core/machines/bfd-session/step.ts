import { assertNever, type Instant, instantAfter } from "@steelyard/model/foundation";
import { type BfdControlPacket } from "../../wire/bfd.ts";
import { ADMINISTRATIVELY_DOWN, NO_DIAGNOSTIC } from "./diagnostics.ts";
import { echoDue, echoMissed, echoReturned, settleEcho } from "./echo.ts";
import { controlPacket } from "./packets.ts";
import { received, silent } from "./receiving.ts";
import { settle } from "./settle.ts";
import { jittered, transmitInterval, transmitsPeriodically } from "./timing.ts";
import { type Turn } from "./turn.ts";
import {
  type BfdSessionConfig,
  type BfdSessionContext,
  type BfdSessionInput,
  type BfdSessionState,
  type BfdSessionStep,
  SLOW_INTERVAL,
} from "./types.ts";

/** AdminDown until it is started. `discriminator`: unique on this host and not zero. */
export function initialBfdSession(config: BfdSessionConfig, discriminator: number): BfdSessionState {
  const desiredMinTx = Math.max(SLOW_INTERVAL, config.transmitInterval);
  return {
    config,
    discriminator,
    state: "admin-down",
    diagnostic: NO_DIAGNOSTIC,
    remote: undefined,
    polling: "no",
    desiredMinTx,
    requiredMinRx: config.receiveInterval,
    transmitBasis: desiredMinTx,
    detectBasis: config.receiveInterval,
    transmitAt: undefined,
    detectAt: undefined,
    echoDetectAt: undefined,
    echo: { at: "off" },
    told: { state: "admin-down", wasUp: false, because: "the session has not been started" },
    ups: 0,
    downs: 0,
  };
}

/** The session: see README.md for what it promises. Pure; never throws. */
export function stepBfdSession(
  before: BfdSessionState,
  input: BfdSessionInput,
  context: BfdSessionContext,
): BfdSessionStep {
  const turn = take(before, input, context);
  return settle(before, input, { ...turn, state: settleEcho(turn.state, context.now) }, context);
}

function take(state: BfdSessionState, input: BfdSessionInput, context: BfdSessionContext): Turn {
  switch (input.kind) {
    case "start":
      return quiet(start(state));
    case "stop":
      return quiet(stop(state));
    case "configure":
      return quiet({ ...state, config: input.config });
    case "received":
      return answered(state, input.packet, context.now);
    case "echo-returned":
      return quiet(echoReturned(state, input.sequence, context.now));
    case "timer":
      return timer(state, input.timer, context);
    default:
      return assertNever(input);
  }
}

function quiet(state: BfdSessionState): Turn {
  return { state, effects: [] };
}

function start(state: BfdSessionState): BfdSessionState {
  if (state.state !== "admin-down") return state;
  const because = "nothing has been heard from the router yet";
  return {
    ...state,
    state: "down",
    diagnostic: NO_DIAGNOSTIC,
    told: { state: "down", wasUp: false, because },
  };
}

function stop(state: BfdSessionState): BfdSessionState {
  if (state.state === "admin-down") return state;
  const because = "BFD with the router has been ended here";
  return {
    ...state,
    state: "admin-down",
    diagnostic: ADMINISTRATIVELY_DOWN,
    told: { state: "admin-down", wasUp: false, because },
    downs: state.downs + (state.state === "up" ? 1 : 0),
  };
}

/** A poll is answered at once, whatever the timers say (RFC 5880, section 6.8.7). */
function answered(before: BfdSessionState, packet: BfdControlPacket, now: Instant): Turn {
  const state = received(before, packet, now);
  if (!packet.poll || before.state === "admin-down") return quiet(state);
  return {
    state,
    effects: [{ kind: "send", packet: { ...controlPacket(state), poll: false, final: true } }],
  };
}

type Timer = Extract<BfdSessionInput, { kind: "timer" }>["timer"];

function timer(state: BfdSessionState, name: Timer, context: BfdSessionContext): Turn {
  switch (name) {
    case "transmit":
      return transmit(state, context);
    case "detect":
      return quiet(silent(state, context.now));
    case "echo":
      return echoDue(state, context);
    case "echo-detect":
      return quiet(echoMissed(state, context.now));
    default:
      return assertNever(name);
  }
}

function transmit(state: BfdSessionState, { now, random }: BfdSessionContext): Turn {
  const { transmitAt, config } = state;
  if (transmitAt === undefined || now < transmitAt || !transmitsPeriodically(state)) return quiet(state);
  const pause = jittered(transmitInterval(state), config, random);
  // A timer that came late does not move the next one, unless a whole interval is lost.
  const onTime = instantAfter(transmitAt, pause);
  const next = { ...state, transmitAt: onTime > now ? onTime : instantAfter(now, pause) };
  return { state: next, effects: [{ kind: "send", packet: controlPacket(next) }] };
}
