import { readWord } from "./address-bytes.ts";

/**
 * What our echo packets carry; RFC 5880, section 5, leaves that to whoever sends them:
 *
 *     magic 4 | our discriminator 4 | sequence number 4
 */
export interface BfdEchoPayload {
  readonly discriminator: number;
  /** Below 2^32. */
  readonly sequence: number;
}

const LENGTH = 12;

/** "SYBE". */
const MAGIC = 0x53594245;

export function encodeBfdEcho({ discriminator, sequence }: BfdEchoPayload): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC);
  view.setUint32(4, discriminator);
  view.setUint32(8, sequence);
  return bytes;
}

/** Undefined when it is none of ours; bytes behind it are ignored, for Ethernet pads. */
export function decodeBfdEcho(bytes: Uint8Array): BfdEchoPayload | undefined {
  if (bytes.length < LENGTH || readWord(bytes, 0) !== MAGIC) return undefined;
  return { discriminator: readWord(bytes, 4), sequence: readWord(bytes, 8) };
}
