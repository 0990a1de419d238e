import { ByteReader, ByteWriter, err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { MESSAGE_TYPES } from "./message-types.ts";
import { COMPOUND_ENTRY_BYTES, COMPOUND_HEADER_BYTES, MAX_COMPOUND_MESSAGES } from "./messages.ts";

/**
 * Encoded messages as few datagrams' payloads: one message as it is, several as a compound (memberlist `util.go`):
 *
 *     7 | count 1 | length 2 of each | the messages
 *
 * In order, none longer than `maximumBytes` (at most 65535, the lengths are 16 bits) but for a message that is longer alone.
 */
export function packMessages(messages: readonly Uint8Array[], maximumBytes: number): readonly Uint8Array[] {
  const payloads: Uint8Array[] = [];
  let batch: Uint8Array[] = [];
  let size = COMPOUND_HEADER_BYTES;
  const close = (): void => {
    if (batch.length > 0) payloads.push(joined(batch));
    batch = [];
    size = COMPOUND_HEADER_BYTES;
  };
  for (const message of messages) {
    const cost = COMPOUND_ENTRY_BYTES + message.length;
    if (size + cost > maximumBytes || batch.length === MAX_COMPOUND_MESSAGES) close();
    batch.push(message);
    size += cost;
  }
  close();
  return payloads;
}

/**
 * The parts of a compound whose type byte has been read; they share its memory. Parts behind one that is cut short are
 * lost, those before it are good, as in memberlist.
 */
export function splitCompound(body: Uint8Array): Result<readonly Uint8Array[], DecodeError> {
  const reader = new ByteReader(body);
  const count = reader.u8();
  const lengths = count === undefined ? undefined : reader.reader(2 * count);
  if (lengths === undefined) return err(decodeError("truncated", "the compound ends inside its lengths"));
  const parts: Uint8Array[] = [];
  for (let length = lengths.u16(); length !== undefined; length = lengths.u16()) {
    const part = reader.bytes(length);
    if (part === undefined) break;
    parts.push(part);
  }
  return ok(parts);
}

function joined(messages: readonly Uint8Array[]): Uint8Array {
  const [only] = messages;
  if (only !== undefined && messages.length === 1) return only;
  const writer = new ByteWriter().u8(MESSAGE_TYPES.compound).u8(messages.length);
  for (const message of messages) writer.u16(message.length);
  for (const message of messages) writer.bytes(message);
  return writer.toBytes();
}
