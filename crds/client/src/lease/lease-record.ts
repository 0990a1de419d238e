import type { V1Lease, V1LeaseSpec } from "@kubernetes/client-node";
import { type Millis } from "@steelyard/model/foundation";
import { type Wire } from "../wire.ts";

export type LeaseObject = Wire<V1Lease>;
export type LeaseSpec = Wire<V1LeaseSpec>;

/** What a Lease says at one moment: everything that a candidate decides by. */
export interface LeaseRecord {
  /** The version to patch against. */
  readonly resourceVersion: string;
  /** Empty: free. */
  readonly holder: string;
  /** How long the holder asked others to wait after its last renewal; undefined where it did not say. */
  readonly durationMs: Millis | undefined;
  readonly transitions: number;
}

/** Reads a Lease; what is missing or malformed counts as unset, as in a Lease that somebody created by hand. */
export function parseLease(lease: LeaseObject): LeaseRecord {
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = lease.spec ?? {};
  return {
    resourceVersion: lease.metadata?.resourceVersion ?? "",
    holder: typeof holderIdentity === "string" ? holderIdentity : "",
    durationMs: isPositive(leaseDurationSeconds) ? leaseDurationSeconds * 1000 : undefined,
    transitions: isPositive(leaseTransitions) ? leaseTransitions : 0,
  };
}

/** The spec that says "mine, as of now". `timestamp` is MicroTime text. */
export function heldSpec(
  identity: string,
  durationMs: Millis,
  timestamp: string,
  before?: LeaseRecord,
): LeaseSpec {
  const renewal = {
    holderIdentity: identity,
    leaseDurationSeconds: wholeSeconds(durationMs),
    renewTime: timestamp,
  };
  if (before?.holder === identity) return renewal;
  return {
    ...renewal,
    acquireTime: timestamp,
    leaseTransitions: before === undefined ? 0 : before.transitions + 1,
  };
}

/** The spec that lets the next candidate in at once. The duration must stay positive, so it is the shortest there is. */
export function releasedSpec(timestamp: string): LeaseSpec {
  return { holderIdentity: "", leaseDurationSeconds: 1, renewTime: timestamp };
}

/** The API knows whole seconds only; rounding up errs on the side of one leader. */
function wholeSeconds(duration: Millis): number {
  return Math.max(1, Math.ceil(duration / 1000));
}

function isPositive(value: unknown): value is number {
  return typeof value === "number" && value > 0;
}
