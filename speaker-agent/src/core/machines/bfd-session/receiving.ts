import { type Instant, instantAfter } from "@steelyard/model/foundation";
import { type BfdControlPacket } from "../../wire/bfd.ts";
import { describeDiagnostic, DETECTION_TIME_EXPIRED, NEIGHBOR_SIGNALED_DOWN } from "./diagnostics.ts";
import { detectTime } from "./timing.ts";
import { down, up } from "./turn.ts";
import { type BfdRemote, type BfdSessionState } from "./types.ts";

/** RFC 5880, section 6.8.6, from where the session is known. */
export function received(state: BfdSessionState, packet: BfdControlPacket, now: Instant): BfdSessionState {
  if (state.state === "admin-down") return state;
  const heard = { ...state, remote: remoteOf(packet) };
  const next = advance(packet.final ? finishPoll(heard) : heard, packet);
  return { ...next, detectAt: deadline(next, now) };
}

/** Whoever is not heard for the detection time is not known any more (section 6.8.1: RemoteDiscr). */
export function silent(state: BfdSessionState, now: Instant): BfdSessionState {
  if (state.detectAt === undefined || now < state.detectAt) return state;
  const forgotten = { ...state, remote: undefined, detectAt: undefined };
  if (state.state !== "init" && state.state !== "up") return forgotten;
  const { detectMultiplier = 0 } = state.remote ?? {};
  const time = detectTime(state) ?? 0;
  const because = `nothing was heard from the router for ${time} ms, ${detectMultiplier} packets in a row`;
  return down(forgotten, DETECTION_TIME_EXPIRED, because);
}

function remoteOf(packet: BfdControlPacket): BfdRemote {
  return {
    discriminator: packet.myDiscriminator,
    state: packet.state,
    demand: packet.demand,
    detectMultiplier: packet.detectMultiplier,
    desiredMinTx: packet.desiredMinTx / 1000,
    requiredMinRx: packet.requiredMinRx / 1000,
    requiredMinEchoRx: packet.requiredMinEchoRx / 1000,
    controlPlaneIndependent: packet.controlPlaneIndependent,
  };
}

function deadline(state: BfdSessionState, now: Instant): Instant | undefined {
  const time = detectTime(state);
  return time === undefined ? undefined : instantAfter(now, time);
}

/** Section 6.8.3: what was announced counts from here on, unless it has been changed while the poll was under way. */
function finishPoll(state: BfdSessionState): BfdSessionState {
  if (state.polling === "no") return state;
  if (state.polling === "again") return { ...state, polling: "yes" };
  return {
    ...state,
    polling: "no",
    transmitBasis: state.desiredMinTx,
    detectBasis: state.requiredMinRx,
  };
}

/** The state machine of section 6.2. */
function advance(state: BfdSessionState, packet: BfdControlPacket): BfdSessionState {
  if (packet.state === "admin-down") return takenDown(state);
  switch (state.state) {
    case "down":
      if (packet.state === "down") return heardFirst(state);
      return packet.state === "init" ? up(state) : state;
    case "init":
      return packet.state === "down" ? state : up(state);
    case "up":
      return packet.state === "down" ? signaledDown(state, packet.diagnostic) : state;
    default:
      return state;
  }
}

function heardFirst(state: BfdSessionState): BfdSessionState {
  const because = "the router is heard, but does not hear this node yet";
  // Why it went down is worth more than that it is on its way up.
  const told = state.told.wasUp ? state.told : { ...state.told, state: "init" as const, because };
  return { ...state, state: "init", told };
}

function signaledDown(state: BfdSessionState, diagnostic: number): BfdSessionState {
  const because = `the router has taken the session down: ${describeDiagnostic(diagnostic)}`;
  return down(state, NEIGHBOR_SIGNALED_DOWN, because);
}

function takenDown(state: BfdSessionState): BfdSessionState {
  const because = "the router has taken BFD down administratively";
  const next = state.state === "down" ? state : down(state, NEIGHBOR_SIGNALED_DOWN, because);
  return { ...next, told: { ...next.told, state: "admin-down", because } };
}
