import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type BfdControlPacket, type BfdStateName } from "../../wire/bfd.ts";

/** What one session is configured with. Any part may change while it is up. */
export interface BfdSessionConfig {
  readonly transmitInterval: Millis;
  readonly receiveInterval: Millis;
  /** 1–255. */
  readonly detectMultiplier: number;
  /** RFC 5880, section 6.1: the router speaks first. */
  readonly passive: boolean;
  /** Undefined = no echo function, for IPv6, multihop, and where the profile has none. The interval is for both ways. */
  readonly echoInterval: Millis | undefined;
}

export interface BfdSessionContext {
  readonly now: Instant;
  readonly random: Random;
}

export type BfdTimer = "transmit" | "detect" | "echo" | "echo-detect";

export type BfdSessionInput =
  /** From AdminDown, or for the first time. */
  | { readonly kind: "start" }
  /** AdminDown (RFC 5880, section 6.8.16), with diagnostic 7. */
  | { readonly kind: "stop" }
  | { readonly kind: "configure"; readonly config: BfdSessionConfig }
  /** A packet of this session: the driver has chosen it by discriminator or address. */
  | { readonly kind: "received"; readonly packet: BfdControlPacket }
  /** An echo packet of this session has come back. */
  | { readonly kind: "echo-returned"; readonly sequence: number }
  /** `detect` and `echo-detect` are given only after everything has been read that had arrived before. */
  | { readonly kind: "timer"; readonly timer: BfdTimer };

export type BfdSessionEffect =
  | { readonly kind: "send"; readonly packet: BfdControlPacket }
  | { readonly kind: "send-echo"; readonly sequence: number }
  /** Give `timer` back at `at`; replaces an earlier arming. */
  | { readonly kind: "arm"; readonly timer: BfdTimer; readonly at: Instant }
  | { readonly kind: "disarm"; readonly timer: BfdTimer }
  /** The session is another than it was for those who rely on it; see `BfdSessionState.told`. */
  | { readonly kind: "changed"; readonly told: BfdTold }
  /** For the log; `because` is one sentence. */
  | {
      readonly kind: "transition";
      readonly from: BfdStateName;
      readonly to: BfdStateName;
      readonly because: string;
    };

/** What is told of a session. */
export interface BfdTold {
  /** `admin-down`: the router has taken its session down on purpose, which says nothing of the path. */
  readonly state: BfdStateName;
  /** Whether this session has been up since it was configured. */
  readonly wasUp: boolean;
  /** One sentence. */
  readonly because: string;
}

/** What the router said last of itself; the variables bfd.Remote* of RFC 5880, section 6.8.1. */
export interface BfdRemote {
  readonly discriminator: number;
  readonly state: BfdStateName;
  readonly demand: boolean;
  readonly detectMultiplier: number;
  readonly desiredMinTx: Millis;
  readonly requiredMinRx: Millis;
  /** 0 = it returns no echo packets. */
  readonly requiredMinEchoRx: Millis;
  readonly controlPlaneIndependent: boolean;
}

/**
 * `trying`: echo packets are sent, and none has come back yet: a router that promises to return them and does not must not
 * keep the session down. `proven`: they take over the detection, and control packets become rare.
 */
export type EchoState =
  | { readonly at: "off" }
  | {
      readonly at: "trying" | "proven";
      /** Of the last one sent, and of the last one that came back. */
      readonly sent: number;
      readonly returned: number;
      readonly nextAt: Instant;
    };

export interface BfdSessionState {
  readonly config: BfdSessionConfig;
  readonly discriminator: number;
  readonly state: BfdStateName;
  readonly diagnostic: number;
  /** Undefined = nothing of the router has been heard for a detection time. */
  readonly remote: BfdRemote | undefined;
  /** A poll sequence is under way (RFC 5880, section 6.5); `again`: another has to follow it. */
  readonly polling: "no" | "yes" | "again";
  /** What the last packet said: bfd.DesiredMinTxInterval and bfd.RequiredMinRxInterval. */
  readonly desiredMinTx: Millis;
  readonly requiredMinRx: Millis;
  /** What counts until the router has confirmed the above (RFC 5880, section 6.8.3). */
  readonly transmitBasis: Millis;
  readonly detectBasis: Millis;
  /** Undefined = there is nothing to transmit. */
  readonly transmitAt: Instant | undefined;
  readonly detectAt: Instant | undefined;
  readonly echoDetectAt: Instant | undefined;
  readonly echo: EchoState;
  readonly told: BfdTold;
  readonly ups: number;
  readonly downs: number;
}

export interface BfdSessionStep {
  readonly state: BfdSessionState;
  readonly effects: readonly BfdSessionEffect[];
}

/** RFC 5880, section 6.8.3: not faster than this while the session is not up, and with an echo function at work. */
export const SLOW_INTERVAL: Millis = 1000;
