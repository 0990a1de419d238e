import { ByteReader, ByteWriter, err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { splitCompound } from "./compound.ts";
import { compressPayload, decompressPayload } from "./compression.ts";
import { crc32 } from "./crc32.ts";
import { ENCRYPTION_OVERHEAD, openPayload, sealPayload } from "./encryption.ts";
import { type GossipEnvelope } from "./envelope.ts";
import { labelBytes, withLabel, withoutLabel } from "./label.ts";
import { decodeMessage } from "./message-codec.ts";
import { MESSAGE_TYPES } from "./message-types.ts";
import { type GossipMessage } from "./messages.ts";

/** Uncompressed bytes of one datagram, all compressed parts of it together. */
const MAX_UNCOMPRESSED_BYTES = 1 << 18;
/** memberlist nests two deep: a compound in a compressed message. */
const MAX_NESTING = 4;
/** What the checksum adds to a datagram. */
export const CHECKSUM_BYTES = 5;
/** Nodes that speak protocol version 5 or newer check a checksum in front (memberlist `net.go`). */
export const CHECKSUM_PROTOCOL = 5;

export interface OpenedDatagram {
  readonly messages: readonly GossipMessage[];
  /** Parts that could not be read; the others are good. */
  readonly faults: readonly DecodeError[];
}

/** Bytes that are left for messages when a datagram shall not be longer than `datagramBytes`. */
export function messageBudget(datagramBytes: number, envelope: GossipEnvelope): number {
  const encryption = isEncrypting(envelope) ? ENCRYPTION_OVERHEAD[envelope.encryptionVersion] : 0;
  return datagramBytes - labelBytes(envelope.label) - encryption;
}

/** One payload (a message or a compound) as it goes onto the wire: compressed, checked, encrypted, labelled, in that order. */
export function sealDatagram(payload: Uint8Array, envelope: GossipEnvelope, checksum: boolean): Uint8Array {
  const compressed = envelope.compress ? compressPayload(payload) : payload;
  const smaller = compressed.length < payload.length ? compressed : payload;
  const checked = checksum ? withChecksum(smaller) : smaller;
  const [key] = envelope.keys;
  const { encryptionVersion: version, label: associated } = envelope;
  const sealed =
    key !== undefined && envelope.verifyOutgoing
      ? sealPayload(envelope.cipher, { version, key, associated }, checked)
      : checked;
  return withLabel(envelope.label, sealed);
}

/** All messages of a datagram. An error means that nothing of it is for us, or that nothing can be read. */
export function openDatagram(
  bytes: Uint8Array,
  envelope: GossipEnvelope,
): Result<OpenedDatagram, DecodeError> {
  const labelled = withoutLabel(envelope.label, bytes);
  if (!labelled.ok) return labelled;
  const plain = decrypted(labelled.value, envelope);
  if (!plain.ok) return plain;
  const payload = withoutChecksum(plain.value);
  if (!payload.ok) return payload;
  const opening = new Opening();
  opening.take(payload.value, 0);
  return ok(opening);
}

function isEncrypting({ keys, verifyOutgoing }: GossipEnvelope): boolean {
  return keys.length > 0 && verifyOutgoing;
}

function decrypted(bytes: Uint8Array, envelope: GossipEnvelope): Result<Uint8Array, DecodeError> {
  if (envelope.keys.length === 0) return ok(bytes);
  const opened = openPayload(envelope.cipher, { keys: envelope.keys, associated: envelope.label }, bytes);
  return opened.ok || envelope.verifyIncoming ? opened : ok(bytes);
}

function withChecksum(payload: Uint8Array): Uint8Array {
  return new ByteWriter(CHECKSUM_BYTES + payload.length)
    .u8(MESSAGE_TYPES.checksum)
    .u32(crc32(payload))
    .bytes(payload)
    .toBytes();
}

function withoutChecksum(bytes: Uint8Array): Result<Uint8Array, DecodeError> {
  if (bytes[0] !== MESSAGE_TYPES.checksum) return ok(bytes);
  const reader = new ByteReader(bytes.subarray(1));
  const expected = reader.u32();
  if (expected === undefined) return err(decodeError("truncated", "the datagram ends inside its checksum"));
  const payload = reader.rest();
  return crc32(payload) === expected
    ? ok(payload)
    : err(decodeError("checksum", "the datagram was damaged on the way"));
}

/** Collects the messages of a payload, however they are packed. */
class Opening implements OpenedDatagram {
  readonly messages: GossipMessage[] = [];
  readonly faults: DecodeError[] = [];
  #uncompressedLeft = MAX_UNCOMPRESSED_BYTES;

  take(payload: Uint8Array, nesting: number): void {
    if (nesting === MAX_NESTING) this.faults.push(decodeError("malformed", "messages nested too deep"));
    else if (payload[0] === MESSAGE_TYPES.compound) this.#takeCompound(payload.subarray(1), nesting);
    else if (payload[0] === MESSAGE_TYPES.compress) this.#takeCompressed(payload.subarray(1), nesting);
    else this.#takeMessage(payload);
  }

  #takeCompound(body: Uint8Array, nesting: number): void {
    const parts = splitCompound(body);
    if (parts.ok) for (const part of parts.value) this.take(part, nesting + 1);
    else this.faults.push(parts.error);
  }

  #takeCompressed(body: Uint8Array, nesting: number): void {
    const payload = decompressPayload(new ByteReader(body), this.#uncompressedLeft);
    if (!payload.ok) return void this.faults.push(payload.error);
    this.#uncompressedLeft -= payload.value.length;
    this.take(payload.value, nesting + 1);
  }

  #takeMessage(payload: Uint8Array): void {
    const message = decodeMessage(payload);
    if (message.ok) this.messages.push(message.value);
    else this.faults.push(message.error);
  }
}
