import { isLaterEpoch } from "../../election/claim.ts";
import { NAME_HASH_LENGTH } from "../../wire/claim-trailer.ts";
import { type KnownClaim } from "./state.ts";
import { type Work } from "./work.ts";

/**
 * Claims are ordered by epoch, equal ones by the first 8 bytes of the SHA-256 of the claimant's name: the wire carries these
 * and not the name, and both sides of a conflict have to come to the same result even when one has never heard of the
 * other.
 */
export interface ClaimPlace {
  readonly epoch: number;
  /** 16 hexadecimal digits. */
  readonly tag: string;
}

export function comesAfter(left: ClaimPlace, right: ClaimPlace): boolean {
  return left.epoch === right.epoch ? left.tag > right.tag : isLaterEpoch(left.epoch, right.epoch);
}

/** Whether `claim` takes the place of what is known. */
export function isLaterThan(work: Work, claim: KnownClaim, known: KnownClaim | undefined): boolean {
  if (known === undefined) return true;
  if (claim.epoch !== known.epoch) return isLaterEpoch(claim.epoch, known.epoch);
  return claim.node !== known.node && tagOf(work, claim.node) > tagOf(work, known.node);
}

export function tagText(nameHash: Uint8Array): string {
  return Array.from(nameHash.subarray(0, NAME_HASH_LENGTH), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

/** Of a claimant whose name is not known; no node can be called so. */
const NAMELESS = "?";

export function tagOf({ state: { tags }, context: { sha256 } }: Work, node: string): string {
  if (node.startsWith(NAMELESS)) return node.slice(NAMELESS.length);
  const known = tags.get(node);
  if (known !== undefined) return known;
  const tag = tagText(sha256(node));
  tags.set(node, tag);
  return tag;
}

export function isNameless(node: string): boolean {
  return node.startsWith(NAMELESS);
}

/** The node behind a hash: one of the members, of the Ready nodes or the candidates, or a placeholder. */
export function nodeOfTag(work: Work, tag: string): string {
  const { roster, groups } = work.state;
  for (const node of roster.members.keys()) if (tagOf(work, node) === tag) return node;
  for (const node of roster.ready) if (tagOf(work, node) === tag) return node;
  for (const { candidates } of groups.values()) {
    for (const { node } of candidates) if (tagOf(work, node) === tag) return node;
  }
  return `${NAMELESS}${tag}`;
}
