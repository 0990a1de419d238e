import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { type GossipCipher } from "../../core/wire/gossip/encryption.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** By the length of the key in bytes. */
const ALGORITHMS: Readonly<Record<number, CipherGCMTypes>> = {
  16: "aes-128-gcm",
  24: "aes-192-gcm",
  32: "aes-256-gcm",
};

/** AES-GCM of the platform; a key of another length than 16, 24 or 32 bytes is a mistake of the caller and throws. */
export const aesGcmCipher: GossipCipher = {
  nonce: () => plain(randomBytes(NONCE_BYTES)),

  seal(key, nonce, bytes, associated) {
    const cipher = createCipheriv(algorithmOf(key), key, nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(associated);
    return plain(Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]));
  },

  open(key, nonce, sealed, associated) {
    const end = sealed.length - TAG_BYTES;
    if (end < 0) return undefined;
    const decipher = createDecipheriv(algorithmOf(key), key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated).setAuthTag(sealed.subarray(end));
    try {
      return plain(Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]));
    } catch {
      // The one thing that can be wrong here is the tag.
      return undefined;
    }
  },
};

function algorithmOf(key: Uint8Array): CipherGCMTypes {
  const algorithm = ALGORITHMS[key.length];
  if (algorithm === undefined) throw new RangeError(`a key of ${key.length} bytes`);
  return algorithm;
}

/** Not a Buffer: `slice` of one is no copy. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
