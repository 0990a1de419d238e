import { instantAfter, type Millis } from "@steelyard/model/foundation";
import { hasLivingPeer, memberOf } from "./member-table.ts";
import { heardDead } from "./news.ts";
import { hurryGossip } from "./sending.ts";
import { type Turn } from "./turn.ts";

/** As MetalLB: a stop must not wait longer for a ring that does not listen (reference metallb.md, section 4.8). */
const LEAVE_MILLIS: Millis = 1_000;
/** The beat of gossip while leaving; the goodbye is the last thing to say. */
const LEAVE_BEAT_MILLIS: Millis = 20;

/** Rule "Leave" (memberlist.go): this node is dead, says this node. */
export function beginLeaving(turn: Turn): void {
  const { state, context, now } = turn;
  if (state.phase !== "running") return;
  state.phase = "leaving";
  state.leaveBy = instantAfter(now, LEAVE_MILLIS);
  state.probe = undefined;
  const { name } = context.options;
  const incarnation = memberOf(state.members, name)?.incarnation ?? state.incarnation;
  heardDead(turn, { type: "dead", incarnation, node: name, from: name });
}

/** The goodbye is out when it has been sent as often as any broadcast. */
export function continueLeaving(turn: Turn): void {
  const { state, context, now } = turn;
  const waiting = state.broadcasts.some(({ key }) => key === context.options.name);
  const late = state.leaveBy !== undefined && state.leaveBy <= now;
  if (waiting && !late && hasLivingPeer(turn)) {
    hurryGossip(turn, LEAVE_BEAT_MILLIS);
    return;
  }
  state.phase = "left";
  turn.effects.push({ kind: "left" });
}
