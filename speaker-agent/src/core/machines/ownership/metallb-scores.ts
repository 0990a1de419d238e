import { formatIpAddress } from "@steelyard/model/address";
import { metallbScore } from "../../election/metallb-order.ts";
import { addressKey } from "./address-key.ts";
import { type Group } from "./lines.ts";
import { type Subject } from "./state.ts";

/**
 * Scores of MetalLB's order that have been computed, by the key of the address whose hash decides. A SHA-256 takes a
 * microsecond, and thousands of addresses are elected anew whenever a node comes or goes. Only remembers what would come
 * out again.
 */
export interface ScoreMemo {
  readonly byKey: Map<bigint, { readonly group: Group; readonly scores: number[] }>;
  /** Scores there is room for in all of them. */
  size: number;
}

/** 16 MB. Beyond it scores are computed each time. */
const MOST_SCORES = 2_000_000;

export function emptyScoreMemo(): ScoreMemo {
  return { byKey: new Map(), size: 0 };
}

/** The score of each place among the candidates. */
export function metallbScorer(
  { group, electionKey }: Subject,
  memo: ScoreMemo,
  sha256: (text: string) => Uint8Array,
): (place: number) => number {
  const { candidates } = group;
  const text = formatIpAddress(electionKey);
  const scores = scoresFor(group, addressKey(electionKey), memo);
  return (place) => {
    const known = scores?.[place] ?? Number.NaN;
    if (!Number.isNaN(known)) return known;
    const score = metallbScore(candidates[place]?.node ?? "", text, sha256);
    if (scores !== undefined) scores[place] = score;
    return score;
  };
}

/** Not yet computed ones are NaN. Those of nodes that were candidates before are taken over. */
function scoresFor(group: Group, key: bigint, memo: ScoreMemo): number[] | undefined {
  const known = memo.byKey.get(key);
  if (known?.group === group) return known.scores;
  const size = memo.size + group.candidates.length - (known?.scores.length ?? 0);
  if (size > MOST_SCORES) {
    // What is asked for next may be other addresses altogether.
    memo.byKey.clear();
    memo.size = 0;
    return undefined;
  }
  const scores = group.candidates.map(({ node }) => {
    return known?.scores[known.group.position.get(node) ?? -1] ?? Number.NaN;
  });
  memo.byKey.set(key, { group, scores });
  memo.size = size;
  return scores;
}
