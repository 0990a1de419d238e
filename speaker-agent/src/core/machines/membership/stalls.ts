import { instantAfter, type Millis } from "@steelyard/model/foundation";
import { applyAwareness } from "./timing.ts";
import { tell, type Turn } from "./turn.ts";

/**
 * A process that was stopped for a while finds every deadline passed, and the answers that came in time unread. So whoever
 * comes this late to its own timer gives everybody the time back, and blames itself (Lifeguard's local health); memberlist
 * does not look at its clock and may take others for dead that never were.
 */
export function forgiveStall(turn: Turn): void {
  const { state, context, now } = turn;
  const { probeTimeoutMillis, awarenessMaxMultiplier } = context.options.tuning;
  if (state.armedFor === undefined || now - state.armedFor < probeTimeoutMillis) return;
  const late: Millis = now - state.armedFor;
  const later = <T extends { readonly deadline: typeof now }>(waiting: T): T => ({
    ...waiting,
    deadline: instantAfter(waiting.deadline, late),
  });
  state.suspicions = new Map(
    [...state.suspicions].map(([node, suspicion]) => [
      node,
      { ...later(suspicion), startedAt: instantAfter(suspicion.startedAt, late) },
    ]),
  );
  state.relays = state.relays.map(later);
  state.streams = state.streams.map(later);
  if (state.probe !== undefined) {
    const { directUntil } = state.probe;
    const direct = directUntil === undefined ? undefined : instantAfter(directUntil, late);
    state.probe = { ...later(state.probe), directUntil: direct };
  }
  state.armedFor = undefined;
  state.awareness = applyAwareness(state.awareness, 1, awarenessMaxMultiplier);
  tell(turn, context.options.name, "stalled", `this process was stopped for about ${Math.round(late)} ms`);
}
