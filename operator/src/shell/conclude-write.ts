import { assertNever } from "@steelyard/model/foundation";
import { type WriteOutcome } from "../ports/cluster-writer.ts";
import { again, done, type Outcome, refused } from "./outcome.ts";

/** By then the watch has usually brought what our copy lacked; if not, the write budget slows us down. */
const afterConflictMs = 25;

/** What a write's outcome means for the piece of work it was part of. */
export function concludeWrite(outcome: WriteOutcome): Outcome {
  switch (outcome.at) {
    case "written":
    case "gone":
      return done;
    case "conflict":
      return again(afterConflictMs);
    case "delayed":
      return again(outcome.afterMs);
    case "refused":
      return refused(outcome.problem);
    default:
      return assertNever(outcome);
  }
}
