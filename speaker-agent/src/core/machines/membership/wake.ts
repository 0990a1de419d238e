import { type Instant } from "@steelyard/model/foundation";
import { probeDueAt } from "./probing.ts";
import { type Turn } from "./turn.ts";
import { type MembershipState } from "./types.ts";

/** There is one timer, for whatever comes first; it is armed anew only when that changes. */
export function armTimer(turn: Turn): void {
  const { state, effects } = turn;
  const at = firstDue(state);
  if (at === state.armedFor) return;
  state.armedFor = at;
  if (at !== undefined) effects.push({ kind: "arm", at });
}

function firstDue(state: MembershipState): Instant | undefined {
  if (state.phase === "idle") return undefined;
  let first = Infinity;
  const due = (at: Instant | undefined) => {
    if (at !== undefined && at < first) first = at;
  };
  for (const { deadline } of state.streams) due(deadline);
  for (const { deadline } of state.relays) due(deadline);
  if (state.phase !== "left") {
    if (state.broadcasts.length > 0 || state.userBroadcasts.length > 0) due(state.nextGossipAt);
    for (const { deadline } of state.suspicions.values()) due(deadline);
    if (state.phase === "leaving") due(state.leaveBy);
  }
  if (state.phase === "running") {
    // A probe that takes longer than its interval delays the next one (rule "triggerFunc", state.go).
    due(state.probe === undefined ? state.nextProbeAt : probeDueAt(state.probe));
    due(state.nextTableAt);
    due(state.nextJoinAt);
    if (state.synced === "no") due(state.patienceUntil);
  }
  return first === Infinity ? undefined : (first as Instant);
}
