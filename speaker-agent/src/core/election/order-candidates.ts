import { compareTexts } from "@steelyard/model/foundation";
import { type Candidate } from "./types.ts";

/** All candidates, best first: the preferred ones, then by the score of the node, least first, then by name. */
export function orderCandidates(
  candidates: readonly Candidate[],
  scoreOf: (node: string) => number,
): readonly Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate.node) }))
    .sort(
      (left, right) =>
        right.candidate.preference - left.candidate.preference ||
        left.score - right.score ||
        compareTexts(left.candidate.node, right.candidate.node),
    )
    .map(({ candidate }) => candidate);
}
