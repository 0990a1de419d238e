import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type ContestedField } from "./contested-field.ts";
import { type Marks, type Written } from "./marks.ts";
import { type StatedRequest } from "./stated-request.ts";

/** Three times is no accident and no correction by hand. */
export const TOLERATED_TIMES = 2;
/** Long enough to see a rival that only looks around once a minute, and how long a write has to stand to end a contest. */
export const CALM_AFTER: Millis = 180_000;
/** From the first restoring write of a contest to the second, and so on; the last one counts for ever. */
export const RESTORE_SPACING: readonly Millis[] = [15_000, 30_000, 60_000];

/** Changes of a request that follow each other within this time belong together. */
export const FLIP_WINDOW: Millis = 60_000;
/** A change so soon after our answer to the value before is a program's reaction: people first read what happened. */
export const REACTION_TIME: Millis = 2_000;
/** Going back to an earlier value counts for longer: two controllers that disagree may take turns slowly. */
export const RETURN_WINDOW: Millis = 300_000;
/** Whatever the values: nobody edits a request that often within the flip window by hand. */
export const MOST_CHANGES = 5;
/** How long a request has to be left alone to be followed again; doubles when the contest comes back within the hour. */
export const FIRST_HOLD: Millis = 600_000;
export const LONGEST_HOLD: Millis = 3_600_000;
/** Enough, the first time, when the request asks for no more than is held: to follow it changes nothing. */
export const HOLD_WHEN_MET: Millis = 60_000;
/** How long a rival that answers each of our writes has for answering the one that ends the contest. */
export const PROBATION: Millis = 10_000;

/** Who writes what against us, as far as it is known. */
export type Rival =
  /** The shell has been asked to find out who it is. */
  | { readonly is: "sought"; readonly field: ContestedField }
  | { readonly is: "named"; readonly field: ContestedField; readonly manager: string }
  /** The API server has no record of who it is. */
  | { readonly is: "nameless"; readonly field: ContestedField }
  /** The contest began before our time; the condition on the Service tells all of it. */
  | { readonly is: "told-before" };

/** Somebody takes out what we wrote, or changes it. */
export type Rewriting =
  | {
      readonly at: "calm";
      /** When it happened lately. */
      readonly rewrites: readonly Instant[];
    }
  | {
      readonly at: "contested";
      readonly rival: Rival;
      /** Writes since the contest began. */
      readonly restores: number;
      /** The next write waits until then. */
      readonly writeNotBefore: Instant;
      readonly lastRewriteAt: Instant;
    };

export interface RequestChange {
  readonly at: Instant;
  /** What was asked for before. */
  readonly from: string;
  readonly isReaction: boolean;
  readonly isReturn: boolean;
}

/** Somebody changes over and over which address the Service asks for, or with whom it shares one. */
export type Flipping =
  | {
      readonly at: "calm";
      readonly changes: readonly RequestChange[];
      readonly before: EndedContest | undefined;
    }
  | {
      readonly at: "contested";
      readonly rival: Rival;
      /** What we last answered: it stays in force, whatever the Service says meanwhile. */
      readonly inForce: StatedRequest;
      readonly lastChangeAt: Instant;
      readonly hold: Millis;
    }
  /** Nobody has changed it for long: it is told that the contest is over, but what is in force stays so for a moment. */
  | {
      readonly at: "ending";
      readonly inForce: StatedRequest;
      readonly hold: Millis;
      readonly endsAt: Instant;
    };

export interface EndedContest {
  readonly endedAt: Instant;
  readonly hold: Millis;
}

/** Our last write into the status. */
export interface LastWrite {
  readonly at: Instant;
  readonly written: Written;
  /** What it answered. */
  readonly request: StatedRequest;
  /** Something of it is missing or changed in the last version. */
  readonly isUndone: boolean;
}

/** A version of the Service as the watch told of it. */
export interface Observation {
  /** `metadata.resourceVersion`; compared for equality only. */
  readonly version: string;
  readonly marks: Marks;
  readonly request: StatedRequest;
}

/** What is remembered of one Service that we serve. */
export interface ContestState {
  /** undefined = nothing has been observed yet. */
  readonly last: Observation | undefined;
  /** The last versions in the order in which they came, `last` at the end. */
  readonly seen: readonly string[];
  readonly lastWrite: LastWrite | undefined;
  /** A write is under way: a version that comes in may or may not be its outcome. */
  readonly isWriting: boolean;
  readonly rewriting: Rewriting;
  readonly flipping: Flipping;
}

export type ContestInput =
  | ({ readonly kind: "observed"; readonly told: ToldContest } & Observation)
  | { readonly kind: "writing" }
  /** Our write made version `after` out of `before`. */
  | {
      readonly kind: "wrote";
      readonly before: string;
      readonly after: string;
      readonly written: Written;
      readonly request: StatedRequest;
    }
  /** Nothing was written, or, unless that is `certain`, perhaps it was after all. */
  | { readonly kind: "not-written"; readonly certain: boolean }
  /** The answer to `identify-rival`; undefined = there is no record. */
  | {
      readonly kind: "rival-identified";
      readonly field: ContestedField;
      readonly manager: string | undefined;
    }
  | { readonly kind: "tick" };

/** What the Service itself says of a contest, for an operator that was not there when it began. */
export interface ToldContest {
  readonly isRewritten: boolean;
  readonly isFlipping: boolean;
  /** What is in force while it flips, as far as the other Services tell. */
  readonly inForce?: StatedRequest;
}

export type ContestEffect =
  /** Ask the API server who wrote the field last, and give the answer as `rival-identified`. */
  | { readonly kind: "identify-rival"; readonly field: ContestedField }
  /** A contest has begun or ended, or has got its name: the Service is to be reconciled. */
  | { readonly kind: "transition" }
  /** Give a `tick` then. */
  | { readonly kind: "look-again"; readonly at: Instant };

export interface ContestContext {
  readonly now: Instant;
}

export interface ContestStep {
  readonly state: ContestState;
  readonly effects: readonly ContestEffect[];
}

/** Of a Service of which nothing is known. */
export const initialContestState: ContestState = {
  last: undefined,
  seen: [],
  lastWrite: undefined,
  isWriting: false,
  rewriting: { at: "calm", rewrites: [] },
  flipping: { at: "calm", changes: [], before: undefined },
};
