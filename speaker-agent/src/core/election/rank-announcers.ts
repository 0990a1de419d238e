import { formatIpAddress, type IpAddress } from "@steelyard/model/address";

/** SHA-256 of the UTF-8 bytes of a text. A parameter, because a core has no cryptography of its own. */
export type Sha256 = (text: string) => Uint8Array;

/** A node that might announce an address. */
export interface AnnouncerCandidate {
  readonly node: string;
  /** Sum of the weights of the preferences that the node satisfies; higher is better. */
  readonly preference: number;
  /** The end of a sentence that begins with the node's name; undefined = eligible. */
  readonly exclusion: string | undefined;
}

export interface RankedAnnouncer {
  readonly node: string;
  /** The candidate's preference. */
  readonly score: number;
  readonly because: string;
}

export interface AnnouncerRanking {
  /** Best first. */
  readonly ranking: readonly RankedAnnouncer[];
  /** Sorted by node name. */
  readonly excluded: readonly { readonly node: string; readonly because: string }[];
}

/**
 * Orders the nodes for one address: by preference, highest first, then by the SHA-256 of `<node>#<address>`, compared
 * as bytes (reference metallb.md, section 4.2, step 7). The same on every node that sees the same candidates, and the
 * same as MetalLB's, so that agents of both can work side by side while a cluster is moved over.
 */
export function rankAnnouncers(
  candidates: readonly AnnouncerCandidate[],
  address: IpAddress,
  sha256: Sha256,
): AnnouncerRanking {
  const text = formatIpAddress(address);
  const hashed = candidates
    .filter(({ exclusion }) => exclusion === undefined)
    .map(({ node, preference }) => ({ node, score: preference, hash: sha256(`${node}#${text}`) }))
    .sort((left, right) => right.score - left.score || compareBytes(left.hash, right.hash));
  return {
    ranking: hashed.map(({ node, score, hash }) => ({ node, score, because: whyHere(score, hash) })),
    excluded: candidates
      .flatMap(({ node, exclusion }) => (exclusion === undefined ? [] : [{ node, because: exclusion }]))
      .sort((left, right) => compareTexts(left.node, right.node)),
  };
}

/** Of equal length. Comparing their texts would be simpler, but making those is most of the cost of an election. */
function compareBytes(left: Uint8Array, right: Uint8Array): number {
  for (let index = 0; index < left.length; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function whyHere(score: number, hash: Uint8Array): string {
  const [first = 0, second = 0, third = 0, fourth = 0] = hash;
  const start = ((first << 24) | (second << 16) | (third << 8) | fourth) >>> 0;
  const drawn = `hash ${start.toString(16).padStart(8, "0")}`;
  return score > 0 ? `preference ${score}, then ${drawn}` : drawn;
}

function compareTexts(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
