import { type Instant } from "@steelyard/model/foundation";
import { type ServiceResource } from "@steelyard/model/resources";
import { serviceOf } from "../../testing/services.ts";
import { marksOf, type Written } from "../marks.ts";
import { statedRequest } from "../stated-request.ts";
import { stepContest } from "../step.ts";
import { type ContestEffect, type ContestInput, type ContestState, initialContestState } from "../types.ts";

export const at = (seconds: number): Instant => (seconds * 1000) as Instant;

export const ours = { ip: "192.0.2.1" };
export const pooled = { "metallb.io/ip-allocated-from-pool": "edge" };
export const allocated = {
  type: "steelyard.io/Allocated",
  status: "True",
  lastTransitionTime: "2026-11-22T08:00:00Z",
  reason: "Allocated",
  message: "192.0.2.1 from pool edge",
} as const;

type Parts = Parameters<typeof serviceOf>[1];

/** The Service as we leave it, with what a test wants to be different. */
export function satisfied(parts: Parts = {}): ServiceResource {
  const status = { loadBalancer: { ingress: [ours] }, conditions: [allocated] };
  return serviceOf("shop/web", { annotations: pooled, status, ...parts });
}

export const nothingTold = { isRewritten: false, isFlipping: false };

export function observed(
  version: number,
  service: ServiceResource,
  told = nothingTold,
): Extract<ContestInput, { kind: "observed" }> {
  const request = statedRequest(service);
  return { kind: "observed", version: String(version), marks: marksOf(service), request, told };
}

export function wrote(
  before: number,
  service: ServiceResource,
  withdrawn: readonly string[] = [],
): Extract<ContestInput, { kind: "wrote" }> {
  const written: Written = { ...marksOf(service), withdrawn };
  const after = String(before + 1);
  return { kind: "wrote", before: String(before), after, written, request: statedRequest(service) };
}

/** Gives the inputs one after the other, each at its second; the effects are all of them together. */
export function drive(
  inputs: readonly (readonly [seconds: number, input: ContestInput])[],
  state: ContestState = initialContestState,
): { readonly state: ContestState; readonly effects: readonly ContestEffect[] } {
  const effects: ContestEffect[] = [];
  for (const [seconds, input] of inputs) {
    const step = stepContest(state, input, { now: at(seconds) });
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

/** Rounds in which we write and somebody else undoes it at once, each a second long; versions count on. */
export function rounds(
  count: number,
  undone: ServiceResource,
  { seconds = 0, version = 1 } = {},
): readonly (readonly [number, ContestInput])[] {
  return Array.from({ length: count }, (_, round) => {
    const before = version + 2 * round;
    const now = seconds + round;
    return [
      [now, observed(before, undone)],
      [now, { kind: "writing" }],
      [now, wrote(before, satisfied())],
      [now, observed(before + 1, satisfied())],
      [now, observed(before + 2, undone)],
    ] as const;
  }).flat();
}

/** The Service asks for one value after the other, and each is answered at once. */
export function flips(
  values: readonly string[],
  { seconds = 0, pace = 1, version = 100 } = {},
): readonly (readonly [number, ContestInput])[] {
  return values.flatMap((loadBalancerIP, index) => {
    const service = satisfied({ spec: { loadBalancerIP } });
    const now = seconds + index * pace;
    const before = version + 2 * index;
    return [
      [now, observed(before, service)],
      [now, { kind: "writing" }],
      [now, wrote(before, service)],
      [now, observed(before + 1, service)],
    ] as const;
  });
}
