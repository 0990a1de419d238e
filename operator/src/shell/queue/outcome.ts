import { type Millis } from "@steelyard/model/foundation";

/** How a piece of work ended. Something that is thrown means: try again, later and later. */
export type Outcome =
  | { readonly is: "done" }
  /** Look again after this time, whether or not anything changes. */
  | { readonly is: "again"; readonly afterMs: Millis }
  /** What was decided from is outdated: look again as soon as something changes, else later and later. */
  | { readonly is: "outdated" }
  /** Look again when the API server takes writes. */
  | { readonly is: "shutOut" }
  /** Trying again is pointless until something changes; `problem` is a sentence for the log. */
  | { readonly is: "refused"; readonly problem: string };

export const done: Outcome = { is: "done" };
export const outdated: Outcome = { is: "outdated" };
export const shutOut: Outcome = { is: "shutOut" };

export function again(afterMs: Millis): Outcome {
  return { is: "again", afterMs };
}

export function refused(problem: string): Outcome {
  return { is: "refused", problem };
}
