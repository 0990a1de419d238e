import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";

/** AES-GCM with tags of 16 bytes, which `core` does not have itself. */
export interface GossipCipher {
  /** Twelve bytes that no call has given before. */
  nonce(): Uint8Array;
  /** The encrypted bytes and the tag behind them. The key has 16, 24 or 32 bytes. */
  seal(key: Uint8Array, nonce: Uint8Array, plain: Uint8Array, associated: Uint8Array): Uint8Array;
  /** undefined when the tag does not fit: another key, other associated data, damage. */
  open(
    key: Uint8Array,
    nonce: Uint8Array,
    sealed: Uint8Array,
    associated: Uint8Array,
  ): Uint8Array | undefined;
}

/** 0 pads to blocks of 16 bytes (nodes that speak protocol version 1), 1 does not. */
export type EncryptionVersion = 0 | 1;

const VERSION_BYTES = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;

/** Most bytes that encryption adds. */
export const ENCRYPTION_OVERHEAD: Readonly<Record<EncryptionVersion, number>> = {
  0: VERSION_BYTES + NONCE_BYTES + BLOCK_BYTES + TAG_BYTES,
  1: VERSION_BYTES + NONCE_BYTES + TAG_BYTES,
};

/** Bytes that {@link sealPayload} makes of `length` bytes; a stream says it before it encrypts. */
export function sealedLength(version: EncryptionVersion, length: number): number {
  const padding = version === 0 ? BLOCK_BYTES - (length % BLOCK_BYTES) : 0;
  return VERSION_BYTES + NONCE_BYTES + length + padding + TAG_BYTES;
}

/** version 1 | nonce 12 | encrypted | tag 16 (memberlist `security.go`). */
export function sealPayload(
  cipher: GossipCipher,
  { version, key, associated }: { version: EncryptionVersion; key: Uint8Array; associated: Uint8Array },
  plain: Uint8Array,
): Uint8Array {
  const nonce = cipher.nonce();
  const sealed = cipher.seal(key, nonce, version === 0 ? padded(plain) : plain, associated);
  const bytes = new Uint8Array(VERSION_BYTES + NONCE_BYTES + sealed.length);
  bytes[0] = version;
  bytes.set(nonce, VERSION_BYTES);
  bytes.set(sealed, VERSION_BYTES + NONCE_BYTES);
  return bytes;
}

/** What any of the keys opens, so that a ring can change its key one node after the other. */
export function openPayload(
  cipher: GossipCipher,
  { keys, associated }: { readonly keys: readonly Uint8Array[]; readonly associated: Uint8Array },
  bytes: Uint8Array,
): Result<Uint8Array, DecodeError> {
  const [version = -1] = bytes;
  if (version !== 0 && version !== 1)
    return err(decodeError("foreign", "not encrypted, or in an unknown way"));
  if (bytes.length < sealedLength(version, 0))
    return err(decodeError("truncated", "too short to be encrypted"));
  const nonce = bytes.subarray(VERSION_BYTES, VERSION_BYTES + NONCE_BYTES);
  const sealed = bytes.subarray(VERSION_BYTES + NONCE_BYTES);
  for (const key of keys) {
    const plain = cipher.open(key, nonce, sealed, associated);
    if (plain !== undefined) return version === 0 ? unpadded(plain) : ok(plain);
  }
  return err(decodeError("foreign", "no key of ours opens it"));
}

/** PKCS #7 (RFC 5652, section 6.3). */
function padded(plain: Uint8Array): Uint8Array {
  const length = sealedLength(0, plain.length) - sealedLength(1, 0);
  const bytes = new Uint8Array(length).fill(length - plain.length);
  bytes.set(plain);
  return bytes;
}

function unpadded(plain: Uint8Array): Result<Uint8Array, DecodeError> {
  const padding = plain.at(-1) ?? 0;
  const isPadding = padding > 0 && padding <= BLOCK_BYTES && padding <= plain.length;
  return isPadding
    ? ok(plain.subarray(0, plain.length - padding))
    : err(decodeError("malformed", "the padding of the encrypted payload is none"));
}
