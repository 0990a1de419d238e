import { type Millis } from "@steelyard/model/foundation";

/** Why the gate was shut: the API server fails, or it answers every write with a conflict. */
export type ShutBecause = "failures" | "conflicts";

export type GateState =
  /** Writes pass. Counted is what has gone wrong since one last went well, on another object than before. */
  | {
      readonly at: "open";
      readonly failures: number;
      readonly conflicts: number;
      /** What went wrong last. */
      readonly lastObject: string | undefined;
      /** How long it was shut before it opened; 0 = it has been open for long enough to forget that. */
      readonly lastSpanMs: Millis;
    }
  /** No write passes before the timer. `spanMs` is how long the gate stays shut this time. */
  | { readonly at: "shut"; readonly because: ShutBecause; readonly spanMs: Millis }
  /** The next write that asks passes as a probe. */
  | { readonly at: "ajar"; readonly because: ShutBecause; readonly spanMs: Millis }
  /** A probe is under way; nothing else passes. */
  | { readonly at: "probing"; readonly because: ShutBecause; readonly spanMs: Millis };

export type GateInput =
  /** A write wants to pass. */
  | { readonly is: "ask" }
  | { readonly is: "timer" }
  /** The API server dealt with a write, to whatever end. */
  | { readonly is: "answered" }
  | { readonly is: "conflict"; readonly object: string }
  /** No answer, or one that says the server cannot; `retryAfterMs` is how long it asked to be left alone. */
  | { readonly is: "failed"; readonly object: string; readonly retryAfterMs: Millis }
  /** A write that had passed ended without telling anything: nobody wants it any more. */
  | { readonly is: "abandoned" };

export type GateEffect =
  | { readonly do: "letThrough" }
  /** The write has to wait for `wakeOne` or `wakeAll`. */
  | { readonly do: "putOff" }
  /** Replaces a timer that is armed already. */
  | { readonly do: "armTimer"; readonly afterMs: Millis }
  | { readonly do: "disarmTimer" }
  /** One of those who wait should try: what it writes is the probe. */
  | { readonly do: "wakeOne" }
  /** Everything that was put off, or delayed by a failure, should try now. */
  | { readonly do: "wakeAll" }
  | { readonly do: "report"; readonly change: "shut" | "opened"; readonly because: ShutBecause }
  /** It is shut again soon after it opened: what was written in between shows that the server takes only some writes. */
  | { readonly do: "reportRelapse" };

export interface GateStep {
  readonly state: GateState;
  readonly effects: readonly GateEffect[];
}
