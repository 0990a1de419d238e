import { type Instant } from "@steelyard/model/foundation";
import {
  type MembershipContext,
  type MembershipEffect,
  type MembershipState,
  type MembershipStep,
  type MembershipTransition,
} from "./types.ts";

/**
 * One step while it is computed. The fields of `state` are replaced, what they hold is never changed: the state the step
 * began with stays as it was.
 */
export interface Turn {
  readonly state: { -readonly [Field in keyof MembershipState]: MembershipState[Field] };
  readonly effects: MembershipEffect[];
  readonly context: MembershipContext;
  readonly now: Instant;
}

export function beginTurn(state: MembershipState, context: MembershipContext): Turn {
  return { state: { ...state }, effects: [], context, now: context.now };
}

export function endTurn({ state, effects }: Turn, before: MembershipState): MembershipStep {
  if (state.members === before.members || sameViews(state.members, before.members)) return { state, effects };
  return { state, effects: [{ kind: "members", members: state.members }, ...effects] };
}

export function tell(turn: Turn, node: string, to: MembershipTransition, because: string): void {
  turn.effects.push({ kind: "transition", node, to, because });
}

const COMPLAINT_MILLIS = 60_000;
const MOST_COMPLAINTS = 64;

/** For what would come up with every message while it lasts: said once a minute. */
export function complain(turn: Turn, node: string, to: MembershipTransition, because: string): void {
  const key = `${to} ${node} ${because}`;
  const before = turn.state.complaints.get(key);
  if (before !== undefined && turn.now - before < COMPLAINT_MILLIS) return;
  const recent = [...turn.state.complaints].filter(([, at]) => turn.now - at < COMPLAINT_MILLIS);
  turn.state.complaints = new Map([...recent.slice(-MOST_COMPLAINTS), [key, turn.now]]);
  tell(turn, node, to, because);
}

/** Whether others of this program would see a difference; they do not look at incarnations. */
function sameViews(a: MembershipState["members"], b: MembershipState["members"]): boolean {
  return (
    a.length === b.length &&
    a.every((member, index) => {
      const other = b[index];
      return (
        member === other ||
        (member.name === other?.name &&
          member.state === other.state &&
          member.meta === other.meta &&
          member.endpointKey === other.endpointKey)
      );
    })
  );
}
