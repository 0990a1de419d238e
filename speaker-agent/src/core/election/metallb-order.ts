import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Sha256 } from "./sha256.ts";
import { orderCandidates } from "./order-candidates.ts";
import { type Candidate } from "./types.ts";

/*
 * The order of policy `hash`, which MetalLB's speakers follow as well: preference first, then the SHA-256 of
 * `<node>#<address>`, compared as bytes (reference metallb.md, section 4.2, step 7).
 */

/**
 * A node's place for an address: the first six bytes of the hash as a number; the least comes first. Two nodes whose hashes
 * agree in all of them do not occur.
 *
 * @param key the text of the address whose hash decides
 */
export function metallbScore(node: string, key: string, sha256: Sha256): number {
  const hash = sha256(`${node}#${key}`);
  let score = 0;
  for (let index = 0; index < 6; index += 1) score = score * 256 + (hash[index] ?? 0);
  return score;
}

/** All candidates for an address, best first. */
export function metallbOrder(
  candidates: readonly Candidate[],
  electionKey: IpAddress,
  sha256: Sha256,
): readonly Candidate[] {
  const key = formatIpAddress(electionKey);
  return orderCandidates(candidates, (node) => metallbScore(node, key, sha256));
}
