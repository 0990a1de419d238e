import { type Instant, type Millis } from "@steelyard/model/foundation";
import { suspicionDueAt } from "./last-word.ts";
import { probeDueAt } from "./probing.ts";
import { type Turn } from "./turn.ts";
import { never, type MembershipState } from "./types.ts";

/** There is one timer, for whatever comes first; it is armed anew only when that changes. */
export function armTimer(turn: Turn): void {
  const { state, effects, now } = turn;
  const due = firstDue(state, turn.context.options.tuning.probeTimeoutMillis);
  // What was due while this process stood still is due now: armed for the past, it would look like another stall.
  const at = due !== undefined && due < now ? now : due;
  if (at === state.armedFor) return;
  state.armedFor = at;
  if (at !== undefined) effects.push({ kind: "arm", at });
}

function firstDue(state: MembershipState, probeTimeout: Millis): Instant | undefined {
  const { phase, streams, relays, suspicions } = state;
  if (phase === "idle") return undefined;
  let first = never;
  for (const { deadline } of streams) first = earlier(first, deadline);
  for (const { deadline } of relays) first = earlier(first, deadline);
  if (phase !== "left") {
    for (const suspicion of suspicions.values())
      first = earlier(first, suspicionDueAt(suspicion, probeTimeout));
    if (state.broadcasts.length > 0 || state.userBroadcasts.length > 0)
      first = earlier(first, state.nextGossipAt);
  }
  if (phase === "leaving" && state.leaveBy !== undefined) first = earlier(first, state.leaveBy);
  if (phase === "running") first = earlier(first, firstOfRound(state));
  return first === never ? undefined : first;
}

function firstOfRound(state: MembershipState): Instant {
  // A probe that takes longer than its interval delays the next one (rule "triggerFunc", state.go).
  const probe = state.probe === undefined ? state.nextProbeAt : probeDueAt(state.probe);
  const first = earlier(earlier(probe, state.nextTableAt), state.nextJoinAt);
  return state.synced === "no" ? earlier(first, state.patienceUntil) : first;
}

function earlier(a: Instant, b: Instant): Instant {
  return b < a ? b : a;
}
