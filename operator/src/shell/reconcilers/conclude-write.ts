import { assertNever } from "@steelyard/model/foundation";
import { type WriteOutcome } from "../../ports/cluster-writer.ts";
import { again, done, type Outcome, outdated, refused, shutOut } from "../queue/outcome.ts";

/** What a write's outcome means for the piece of work it was part of. */
export function concludeWrite(outcome: WriteOutcome): Outcome {
  switch (outcome.at) {
    case "written":
    case "gone":
      return done;
    case "conflict":
      return outdated;
    case "delayed":
      return again(outcome.afterMs);
    case "shutOut":
      return shutOut;
    case "denied":
    case "refused":
      return refused(outcome.problem);
    default:
      return assertNever(outcome);
  }
}
