import { type EncryptionVersion, type GossipCipher } from "./encryption.ts";

/** What a ring agrees on beside the messages. */
export interface GossipEnvelope {
  /** UTF-8, at most 255 bytes; empty for none. */
  readonly label: Uint8Array;
  /** The first encrypts, any decrypts; none means that nothing is encrypted. Each has 16, 24 or 32 bytes. */
  readonly keys: readonly Uint8Array[];
  readonly encryptionVersion: EncryptionVersion;
  /** Whether what we send is compressed. Compressed messages are always understood. */
  readonly compress: boolean;
  /** Whether plain messages are refused although there are keys; off only while a ring begins to encrypt. */
  readonly verifyIncoming: boolean;
  /** Whether what we send is encrypted when there are keys. */
  readonly verifyOutgoing: boolean;
  readonly cipher: GossipCipher;
}
