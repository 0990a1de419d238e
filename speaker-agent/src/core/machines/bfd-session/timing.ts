import { type Millis, type Random } from "@steelyard/model/foundation";
import { type BfdSessionConfig, type BfdSessionState, SLOW_INTERVAL } from "./types.ts";

/** RFC 5880, section 6.8.7: 75–100 % of the interval, 75–90 % where one lost packet is the end. */
export function jittered(interval: Millis, { detectMultiplier }: BfdSessionConfig, random: Random): Millis {
  const most = detectMultiplier === 1 ? 0.9 : 1;
  return interval * (0.75 + (most - 0.75) * random.fraction());
}

/** In force: the greater of our wish and what the router can take. */
export function transmitInterval({ transmitBasis, remote }: BfdSessionState): Millis {
  return Math.max(transmitBasis, remote?.requiredMinRx ?? 0);
}

/** RFC 5880, section 6.8.4; undefined while the router has not said how often it sends. */
export function detectTime({ detectBasis, remote }: BfdSessionState): Millis | undefined {
  return remote && remote.detectMultiplier * Math.max(detectBasis, remote.desiredMinTx);
}

/** RFC 5880, sections 6.8.1, 6.6 and 6.1: whether control packets go out periodically. */
export function transmitsPeriodically(state: BfdSessionState): boolean {
  const { remote, config, polling } = state;
  if (remote === undefined) return !config.passive && state.state !== "admin-down";
  if (remote.requiredMinRx === 0) return false;
  const isAnsweredOnDemand = remote.demand && state.state === "up" && remote.state === "up";
  return !isAnsweredOnDemand || polling !== "no";
}

/** What the next packet is to say, by state. */
export function wishedIntervals({ config, state, echo }: BfdSessionState): {
  readonly desiredMinTx: Millis;
  readonly requiredMinRx: Millis;
} {
  const { transmitInterval: transmit, receiveInterval: receive } = config;
  return {
    desiredMinTx: state === "up" ? transmit : Math.max(SLOW_INTERVAL, transmit),
    requiredMinRx: echo.at === "proven" ? Math.max(SLOW_INTERVAL, receive) : receive,
  };
}
