import { NO_DIAGNOSTIC } from "./diagnostics.ts";
import { type BfdSessionEffect, type BfdSessionState } from "./types.ts";

/** A step before it is settled: without timers, and without the packets that a change of state brings. */
export interface Turn {
  readonly state: BfdSessionState;
  readonly effects: readonly BfdSessionEffect[];
}

export function down(state: BfdSessionState, diagnostic: number, because: string): BfdSessionState {
  const wasUp = state.state === "up";
  return {
    ...state,
    state: "down",
    diagnostic,
    told: { ...state.told, state: "down", because },
    downs: state.downs + (wasUp ? 1 : 0),
  };
}

export function up(state: BfdSessionState): BfdSessionState {
  return {
    ...state,
    state: "up",
    diagnostic: NO_DIAGNOSTIC,
    told: { state: "up", wasUp: true, because: "the router and this node hear each other" },
    ups: state.ups + 1,
  };
}
