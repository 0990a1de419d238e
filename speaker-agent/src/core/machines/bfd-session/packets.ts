import { type BfdControlPacket } from "../../wire/bfd.ts";
import { type Millis } from "@steelyard/model/foundation";
import { type BfdSessionState } from "./types.ts";

/** What a periodic packet says now (RFC 5880, section 6.8.7). */
export function controlPacket(state: BfdSessionState): BfdControlPacket {
  return {
    diagnostic: state.diagnostic,
    state: state.state,
    poll: state.polling !== "no",
    final: false,
    // This program is the control plane (RFC 5882, section 4.3).
    controlPlaneIndependent: false,
    demand: false,
    detectMultiplier: state.config.detectMultiplier,
    myDiscriminator: state.discriminator,
    yourDiscriminator: state.remote?.discriminator ?? 0,
    desiredMinTx: micros(state.desiredMinTx),
    requiredMinRx: micros(state.requiredMinRx),
    requiredMinEchoRx: micros(state.config.echoInterval ?? 0),
  };
}

/** Whether a router that knows the one would learn anything from the other; polls and finals are no news. */
export function sameContents(a: BfdControlPacket, b: BfdControlPacket): boolean {
  return (
    a.state === b.state &&
    a.diagnostic === b.diagnostic &&
    a.detectMultiplier === b.detectMultiplier &&
    a.yourDiscriminator === b.yourDiscriminator &&
    a.desiredMinTx === b.desiredMinTx &&
    a.requiredMinRx === b.requiredMinRx &&
    a.requiredMinEchoRx === b.requiredMinEchoRx
  );
}

function micros(millis: Millis): number {
  return Math.round(millis * 1000);
}
