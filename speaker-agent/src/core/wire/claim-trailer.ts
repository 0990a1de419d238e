import { err, ok, type Result } from "@steelyard/model/foundation";
import { EPOCH_SPAN } from "../election/claim.ts";
import { readHalf, readWord } from "./address-bytes.ts";
import { decodeError, type DecodeError } from "./decode-error.ts";
import { type NdpOption } from "./ndp-options.ts";

/**
 * The claim behind an announcement, as frames carry it, so that two claimants on one segment can tell who yields even
 * where gossip is blocked:
 *
 *     magic 4 | epoch 6 | first bytes of the SHA-256 of the node's name 8
 *
 * In ARP it stands in the 18 bytes by which Ethernet pads the packet; in a neighbour advertisement in an option of an
 * experimental type.
 */
export interface ClaimTrailer {
  /** Below 2^48. */
  readonly epoch: number;
  /** The first 8 bytes of the SHA-256 of the claimant's node name. */
  readonly nameHash: Uint8Array;
}

export const CLAIM_TRAILER_LENGTH = 18;
export const NAME_HASH_LENGTH = 8;

/** RFC 4727, section 5.1.3: for experiments; whoever does not know it ignores it (RFC 4861, section 4.6). */
export const CLAIM_OPTION_TYPE = 253;

/** "SYC" and a version. Padding is zeros as a rule, and never these. */
const MAGIC = 0x53594301;

/** 18 bytes; an epoch of 2^48 or more, or a hash of another length, is a mistake of the caller and throws a RangeError. */
export function encodeClaimTrailer({ epoch, nameHash }: ClaimTrailer): Uint8Array {
  if (nameHash.length !== NAME_HASH_LENGTH) throw new RangeError(`${nameHash.length} bytes are no name hash`);
  if (!Number.isInteger(epoch) || epoch < 0 || epoch >= EPOCH_SPAN)
    throw new RangeError(`${epoch} is no epoch`);
  const bytes = new Uint8Array(CLAIM_TRAILER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint16(4, Math.floor(epoch / 2 ** 32));
  view.setUint32(6, epoch % 2 ** 32);
  bytes.set(nameHash, 10);
  return bytes;
}

/** Reads what stands behind an ARP packet, or in the body of an option; bytes after the trailer are ignored. */
export function decodeClaimTrailer(bytes: Uint8Array): Result<ClaimTrailer, DecodeError> {
  if (bytes.length < CLAIM_TRAILER_LENGTH) return err(decodeError("truncated", "too short for a claim"));
  if (readWord(bytes, 0) !== MAGIC)
    return err(decodeError("foreign", "the padding is no claim of this version"));
  return ok({
    epoch: readHalf(bytes, 4) * 2 ** 32 + readWord(bytes, 6),
    nameHash: bytes.slice(10, CLAIM_TRAILER_LENGTH),
  });
}

/** The claim as an option of a neighbour advertisement; encoded it takes 24 bytes. */
export function claimOption(trailer: ClaimTrailer): NdpOption {
  return { kind: "other", type: CLAIM_OPTION_TYPE, body: encodeClaimTrailer(trailer) };
}

/** The claim in the options of a neighbour advertisement; undefined when there is none that can be read. */
export function claimAmong(options: readonly NdpOption[]): ClaimTrailer | undefined {
  for (const option of options) {
    if (option.kind !== "other" || option.type !== CLAIM_OPTION_TYPE) continue;
    const claim = decodeClaimTrailer(option.body);
    if (claim.ok) return claim.value;
  }
  return undefined;
}
