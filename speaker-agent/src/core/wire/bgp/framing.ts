import { decodeHeader, HEADER_LENGTH } from "./header.ts";
import { type BgpDecodeError } from "./messages.ts";

/** What a piece of a connection's stream completes. */
export interface BgpFrames {
  /** Whole messages, header included, in order; those before an error too. They share the memory of the pieces. */
  readonly messages: readonly Uint8Array[];
  /** The beginning of the next message; less than 4096 bytes. Nothing after an error. */
  readonly rest: Uint8Array;
  /** From here on the stream cannot be read. */
  readonly error: BgpDecodeError | undefined;
}

const NOTHING = new Uint8Array(0);

/** Cuts the stream of a connection into messages (RFC 4271, section 4.1); `buffered` is the `rest` of the piece before. */
export function splitBgpStream(buffered: Uint8Array, piece: Uint8Array): BgpFrames {
  const bytes = joined(buffered, piece);
  const messages: Uint8Array[] = [];
  let offset = 0;
  while (bytes.length - offset >= HEADER_LENGTH) {
    const header = decodeHeader(bytes, offset);
    if (!header.ok) return { messages, rest: NOTHING, error: header.error };
    const end = offset + header.value.length;
    if (end > bytes.length) break;
    messages.push(bytes.subarray(offset, end));
    offset = end;
  }
  // Copied, so that few bytes do not keep a large piece alive.
  return { messages, rest: bytes.slice(offset), error: undefined };
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length === 0) return right;
  const bytes = new Uint8Array(left.length + right.length);
  bytes.set(left);
  bytes.set(right, left.length);
  return bytes;
}
