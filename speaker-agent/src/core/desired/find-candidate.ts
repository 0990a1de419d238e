import { type Candidate } from "../election/types.ts";

/** By bisection: ten thousand Services ask among a thousand candidates. */
export function findCandidate(candidates: readonly Candidate[], node: string): Candidate | undefined {
  let [from, to] = [0, candidates.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((candidates[middle]?.node ?? "") < node) from = middle + 1;
    else to = middle;
  }
  const found = candidates[from];
  return found?.node === node ? found : undefined;
}
