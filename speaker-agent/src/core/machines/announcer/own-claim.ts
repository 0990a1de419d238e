import { EPOCH_SPAN } from "../../election/claim.ts";
import { type ClaimTrailer, NAME_HASH_LENGTH } from "../../wire/claim-trailer.ts";
import { type AnnouncerConfig } from "./types.ts";

/** This node's claim as it goes onto the wire; undefined when it cannot be written down, which costs only the hint. */
export function claimOf(epoch: number, { nameHash }: AnnouncerConfig): ClaimTrailer | undefined {
  const isEpoch = Number.isInteger(epoch) && epoch >= 0 && epoch < EPOCH_SPAN;
  return isEpoch && nameHash.length === NAME_HASH_LENGTH ? { epoch, nameHash } : undefined;
}
