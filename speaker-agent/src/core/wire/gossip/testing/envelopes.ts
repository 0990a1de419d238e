import { createCipheriv, createDecipheriv } from "node:crypto";
import { type GossipCipher } from "../encryption.ts";
import { type GossipEnvelope } from "../envelope.ts";

const TAG_BYTES = 16;

/** AES-256-GCM whose nonces are given: 1, 2, 3, … unless others are asked for. */
export function testCipher(nonces: readonly Uint8Array[] = []): GossipCipher {
  let count = 0;
  return {
    nonce: () => {
      const nonce = nonces[count] ?? new Uint8Array(12).fill(count + 1);
      count += 1;
      return nonce;
    },
    seal: (key, nonce, plain, associated) => {
      const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(associated);
      return new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
    },
    open: (key, nonce, sealed, associated) => {
      // Copies, because the bytes may be guarded ones, which the platform does not take.
      const [body, tag] = [sealed.slice(0, -TAG_BYTES), sealed.slice(-TAG_BYTES)];
      const decipher = createDecipheriv("aes-256-gcm", key, Uint8Array.from(nonce), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Uint8Array.from(associated)).setAuthTag(Uint8Array.from(tag));
      try {
        return new Uint8Array(Buffer.concat([decipher.update(Uint8Array.from(body)), decipher.final()]));
      } catch {
        return undefined;
      }
    },
  };
}

export const testKey = new Uint8Array(32).fill(7);

export function envelope(changes: Partial<GossipEnvelope> = {}): GossipEnvelope {
  return {
    label: new Uint8Array(),
    keys: [],
    encryptionVersion: 1,
    compress: false,
    verifyIncoming: true,
    verifyOutgoing: true,
    cipher: testCipher(),
    ...changes,
  };
}
