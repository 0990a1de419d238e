import { assertNever, type Millis } from "@steelyard/model/foundation";
import { type GateInput, type GateState, type GateStep, type ShutBecause } from "./types.ts";

/** So many failures in a row are no stumble. */
export const failuresTolerated = 5;
/**
 * A burst of foreign edits makes a whole round of our copies stale at once, which is nobody's fault and over by the time
 * the watch has told. This many conflicts in a row without one write that goes well are something else.
 */
export const conflictsTolerated = 64;
/** The waits between probes double between these two; the last one bounds how late a recovery is noticed. */
export const firstSpanMs: Millis = 500;
export const longestSpanMs: Millis = 3_000;
/** Everybody who was woken has tried by then; a gate that is shut again before that goes on with longer waits. */
export const calmAfterMs: Millis = 10_000;
/** Whoever asks to be left alone for longer than this is mistaken, or not the API server. */
const longestRetryAfterMs: Millis = 120_000;

type OpenGate = Extract<GateState, { readonly at: "open" }>;

export const openGate: OpenGate = {
  at: "open",
  failures: 0,
  conflicts: 0,
  lastObject: undefined,
  lastSpanMs: 0,
};

/**
 * Stands between all reconcilers and the API server, and keeps an operator with ten thousand things to write from
 * asking a server that cannot take them ten thousand times.
 *
 *     open ──── 5 failures, or 64 conflicts, without a success ────► shut
 *       ▲                                                             │ timer (0.5 s, doubling to 3 s,
 *       │                                                             ▼  never less than Retry-After)
 *       └──── the probe is answered ──── probing ◄─── ask ───────── ajar
 *                                           └────── it fails ─────► shut, for longer
 *
 * - **open**: writes pass. A success forgets what went wrong before. An object that fails again and again counts once: it
 *   has a backoff of its own, and others must not wait because of it.
 * - **shut**: writes are put off. They wait without a timer of their own, so waiting costs nothing however many they are.
 * - **ajar**: the time for a probe has come, and one of those who wait is woken. Its write passes. Should it find that it
 *   has nothing to write any more, the timer wakes the next one.
 * - **probing**: nothing else passes until the probe has ended.
 *
 * Any answer is a success but a conflict: also "gone" and "refused" show a server that deals with writes. A conflict
 * shows one as well, unless conflicts are what shut the gate. An answer that comes late, of a write that passed before
 * the gate was shut, tells nothing: only that of a probe does. When the gate opens, everything that was put off or delayed
 * by a failure is woken at once: after an outage nobody sits out a backoff that the outage has taught him.
 *
 * A server may take some writes and fail others, a webhook for example that refuses the statuses of Services. Then each
 * probe that goes well opens the gate, and the next few writes shut it. So that this happens no more often than a probe in
 * an outage, the waits go on from where they were unless the gate has been open for a while.
 */
export function stepGate(state: GateState, input: GateInput): GateStep {
  switch (input.is) {
    case "ask":
      return onAsk(state);
    case "timer":
      return onTimer(state);
    case "answered":
      return onAnswered(state);
    case "conflict":
      return onConflict(state, input.object);
    case "failed":
      return onFailed(state, input.object, input.retryAfterMs);
    case "abandoned":
      return state.at === "probing" ? ajar(state.because, state.spanMs) : stay(state);
    default:
      return assertNever(input);
  }
}

function onTimer(state: GateState): GateStep {
  if (state.at === "open") return stay({ ...state, lastSpanMs: 0 });
  return state.at === "probing" ? stay(state) : ajar(state.because, state.spanMs);
}

function onAnswered(state: GateState): GateStep {
  if (state.at === "open") return stay({ ...openGate, lastSpanMs: state.lastSpanMs });
  return state.at === "probing"
    ? opened(state.because, { ...openGate, lastSpanMs: state.spanMs })
    : stay(state);
}

function onAsk(state: GateState): GateStep {
  switch (state.at) {
    case "open":
      return { state, effects: [{ do: "letThrough" }] };
    case "ajar":
      return { state: { ...state, at: "probing" }, effects: [{ do: "disarmTimer" }, { do: "letThrough" }] };
    case "shut":
    case "probing":
      return { state, effects: [{ do: "putOff" }] };
    default:
      return assertNever(state);
  }
}

function onConflict(state: GateState, object: string): GateStep {
  if (state.at === "open") {
    const conflicts = state.conflicts + isAnother(object, state);
    if (conflicts >= conflictsTolerated) return shut("conflicts", state);
    return stay({ ...state, failures: 0, conflicts, lastObject: object });
  }
  if (state.at !== "probing") return stay(state);
  if (state.because === "conflicts") return shutAgain(state.because, state.spanMs, 0);
  return opened(state.because, { ...openGate, conflicts: 1, lastObject: object, lastSpanMs: state.spanMs });
}

function onFailed(state: GateState, object: string, retryAfterMs: Millis): GateStep {
  if (state.at === "open") {
    const failures = state.failures + isAnother(object, state);
    if (failures >= failuresTolerated) return shut("failures", state, retryAfterMs);
    return { state: { ...state, failures, lastObject: object }, effects: [] };
  }
  return state.at === "probing" ? shutAgain("failures", state.spanMs, retryAfterMs) : stay(state);
}

function isAnother(object: string, { lastObject }: OpenGate): 0 | 1 {
  return object === lastObject ? 0 : 1;
}

function shut(because: ShutBecause, { lastSpanMs }: OpenGate, retryAfterMs: Millis = 0): GateStep {
  if (lastSpanMs > 0) {
    const { state, effects } = shutAgain(because, lastSpanMs, retryAfterMs);
    return { state, effects: [...effects, { do: "reportRelapse" }] };
  }
  return {
    state: { at: "shut", because, spanMs: firstSpanMs },
    effects: [
      { do: "armTimer", afterMs: waitOf(firstSpanMs, retryAfterMs) },
      { do: "report", change: "shut", because },
    ],
  };
}

function shutAgain(because: ShutBecause, lastSpanMs: Millis, retryAfterMs: Millis): GateStep {
  const spanMs = Math.min(longestSpanMs, 2 * lastSpanMs);
  return {
    state: { at: "shut", because, spanMs },
    effects: [{ do: "armTimer", afterMs: waitOf(spanMs, retryAfterMs) }],
  };
}

function ajar(because: ShutBecause, spanMs: Millis): GateStep {
  // The timer comes first: whoever is woken may ask in the same turn, and then it has to be disarmed.
  return {
    state: { at: "ajar", because, spanMs },
    effects: [{ do: "armTimer", afterMs: spanMs }, { do: "wakeOne" }],
  };
}

function opened(because: ShutBecause, state: GateState): GateStep {
  return {
    state,
    effects: [
      { do: "armTimer", afterMs: calmAfterMs },
      { do: "report", change: "opened", because },
      { do: "wakeAll" },
    ],
  };
}

function stay(state: GateState): GateStep {
  return { state, effects: [] };
}

function waitOf(spanMs: Millis, retryAfterMs: Millis): Millis {
  return Math.max(spanMs, Math.min(retryAfterMs, longestRetryAfterMs));
}
