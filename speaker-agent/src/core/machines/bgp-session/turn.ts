import { type Instant } from "@steelyard/model/foundation";
import { stateName } from "./state-name.ts";
import { changeOfTimers } from "./timers.ts";
import {
  type BgpPhase,
  type BgpSessionContext,
  type BgpSessionCounters,
  type BgpSessionEffect,
  type BgpSessionState,
  type BgpSessionStep,
} from "./types.ts";

/**
 * One step while it is computed. The fields of `state` are replaced, what they hold is never changed: the state the step
 * began with stays as it was.
 */
export interface Turn {
  readonly state: { -readonly [Field in keyof BgpSessionState]: BgpSessionState[Field] };
  readonly effects: BgpSessionEffect[];
  readonly context: BgpSessionContext;
  readonly now: Instant;
}

export function beginTurn(state: BgpSessionState, context: BgpSessionContext): Turn {
  return { state: { ...state }, effects: [], context, now: context.now };
}

export function endTurn({ state, effects }: Turn, before: BgpSessionState): BgpSessionStep {
  effects.push(...changeOfTimers(before.phase, state.phase));
  return { state, effects };
}

/** Goes over to another phase, or to another stage of the same one; `because` is for the log if people see a difference. */
export function enter(turn: Turn, phase: BgpPhase, because: string): void {
  const from = stateName(turn.state.phase);
  const to = stateName(phase);
  turn.state.phase = phase;
  if (from === to) return;
  turn.state.since = turn.now;
  turn.effects.push({ kind: "transition", from, to, because });
}

export function count(turn: Turn, counter: keyof BgpSessionCounters, by = 1): void {
  const { counters } = turn.state;
  turn.state.counters = { ...counters, [counter]: counters[counter] + by };
}
