import { assertNever, ByteReader, ByteWriter, err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { compressPayload, decompressPayload } from "./compression.ts";
import { openPayload, sealedLength, sealPayload } from "./encryption.ts";
import { type GossipEnvelope } from "./envelope.ts";
import { withLabel, withoutLabel } from "./label.ts";
import {
  ackOf,
  decodeFields,
  encodeMessage,
  errorOf,
  pingOf,
  pushPullNodeFields,
  pushPullNodeOf,
} from "./message-codec.ts";
import { MESSAGE_TYPES } from "./message-types.ts";
import { type PushPullMessage, type PushPullNode, type StreamMessage } from "./messages.ts";
import { writeFields } from "./msgpack.ts";

/** Longest stream that is read, the limit of memberlist (`net.go`, maxPushStateBytes). */
export const MAX_STREAM_BYTES = 20 * 1024 * 1024;
/** Most lines of a table that are read. */
const MAX_NODES = 100_000;
const ENCRYPTED_HEADER_BYTES = 5;

type Decoded<T> = Result<T, DecodeError>;

/** What goes onto a stream for one message, from its first byte on. */
export function encodeStream(message: StreamMessage, envelope: GossipEnvelope): Uint8Array {
  return withLabel(envelope.label, encodeStreamReply(message, envelope));
}

/** The same for the side that was connected to: only the one who connects writes the label. */
export function encodeStreamReply(message: StreamMessage, envelope: GossipEnvelope): Uint8Array {
  const plain = encodePlain(message);
  const payload = envelope.compress ? compressPayload(plain) : plain;
  const [key] = envelope.keys;
  if (key === undefined || !envelope.verifyOutgoing) return payload;
  const version = envelope.encryptionVersion;
  const header = new ByteWriter()
    .u8(MESSAGE_TYPES.encrypt)
    .u32(sealedLength(version, payload.length))
    .toBytes();
  const associated = joined(header, envelope.label);
  return joined(header, sealPayload(envelope.cipher, { version, key, associated }, payload));
}

/**
 * Reads the one message of a stream out of the pieces it arrives in. `push` gives undefined until the message is complete,
 * and an error as soon as it cannot become one.
 */
export class StreamDecoder {
  readonly #envelope: GossipEnvelope;
  #layer: "label" | "encryption" | "message";
  #buffer: Uint8Array = new Uint8Array(4096);
  #length = 0;
  #table: TableInProgress | undefined;

  /** `expectLabel`: whether the other side connected, and so writes the label. */
  constructor(envelope: GossipEnvelope, expectLabel: boolean) {
    this.#envelope = envelope;
    this.#layer = expectLabel ? "label" : "encryption";
  }

  push(piece: Uint8Array): Decoded<StreamMessage | undefined> {
    if (this.#length + piece.length > MAX_STREAM_BYTES)
      return err(decodeError("malformed", "the stream is too long"));
    this.#append(piece);
    const message = this.#decode();
    return !message.ok && message.error.code === "truncated" ? ok(undefined) : message;
  }

  #append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = length;
  }

  #decode(): Decoded<StreamMessage> {
    if (this.#layer === "label") {
      const rest = withoutLabel(this.#envelope.label, this.#bytes());
      if (!rest.ok) return rest;
      this.#replace(rest.value);
      this.#layer = "encryption";
    }
    if (this.#layer === "encryption") {
      const plain = decryptStream(this.#bytes(), this.#envelope);
      if (!plain.ok) return plain;
      this.#replace(plain.value);
      this.#layer = "message";
    }
    return this.#decodePlain();
  }

  #decodePlain(): Decoded<StreamMessage> {
    if (this.#table !== undefined) return this.#table.resume(this.#bytes());
    const reader = new ByteReader(this.#bytes());
    const type = reader.u8();
    if (type !== MESSAGE_TYPES.compress) return this.#decodeType(type, reader);
    const payload = decompressPayload(reader, MAX_STREAM_BYTES);
    if (!payload.ok) return payload;
    const uncompressed = new ByteReader(payload.value);
    this.#replace(payload.value);
    const message = this.#decodeType(uncompressed.u8(), uncompressed);
    return message.ok ? message : err(complete(message.error));
  }

  #decodeType(type: number | undefined, reader: ByteReader): Decoded<StreamMessage> {
    if (type === MESSAGE_TYPES.pushPull) {
      this.#table = new TableInProgress();
      return this.#table.resume(this.#bytes());
    }
    return decodeSmall(type, reader);
  }

  #bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #replace(bytes: Uint8Array): void {
    this.#buffer = bytes;
    this.#length = bytes.length;
  }
}

interface TableHeader {
  readonly nodes: number;
  readonly userStateBytes: number;
  readonly join: boolean;
}

/** A table that arrives in pieces: lines that were read are not read again when the next piece comes. */
class TableInProgress {
  #header: TableHeader | undefined;
  readonly #nodes: PushPullNode[] = [];
  /** Behind the byte of the type. */
  #offset = 1;

  /** `bytes` are those of the last call and maybe more. */
  resume(bytes: Uint8Array): Decoded<PushPullMessage> {
    const read = this.#header === undefined ? this.#readHeader(bytes) : ok(this.#header);
    if (!read.ok) return read;
    const { nodes, userStateBytes, join } = read.value;
    while (this.#nodes.length < nodes) {
      const node = this.#read(bytes, (reader) => decodeFields(reader, pushPullNodeOf));
      if (!node.ok) return node;
      this.#nodes.push(node.value);
    }
    const userState = this.#read(bytes, (reader) => exactly(reader, userStateBytes));
    if (!userState.ok) return userState;
    return ok({ type: "push-pull", join, nodes: this.#nodes, userState: userState.value });
  }

  #readHeader(bytes: Uint8Array): Decoded<TableHeader> {
    const header = this.#read(bytes, (reader) =>
      decodeFields(reader, (fields) => ({
        nodes: fields.unsigned("Nodes", MAX_NODES),
        userStateBytes: fields.unsigned("UserStateLen", MAX_STREAM_BYTES),
        join: fields.flag("Join"),
      })),
    );
    if (header.ok) this.#header = header.value;
    return header;
  }

  #read<T>(bytes: Uint8Array, read: (reader: ByteReader) => Decoded<T>): Decoded<T> {
    const reader = new ByteReader(bytes.subarray(this.#offset));
    const value = read(reader);
    if (value.ok) this.#offset += reader.offset;
    return value;
  }
}

function encodePlain(message: StreamMessage): Uint8Array {
  switch (message.type) {
    case "push-pull":
      return encodePushPull(message);
    case "user": {
      const writer = new ByteWriter().u8(MESSAGE_TYPES.user);
      writeFields(writer, { UserMsgLen: message.payload.length });
      return writer.bytes(message.payload).toBytes();
    }
    case "ping":
    case "ack":
    case "error":
      return encodeMessage(message);
    default:
      return assertNever(message);
  }
}

function encodePushPull({ join, nodes, userState }: PushPullMessage): Uint8Array {
  const writer = new ByteWriter(1024).u8(MESSAGE_TYPES.pushPull);
  writeFields(writer, { Nodes: nodes.length, UserStateLen: userState.length, Join: join });
  for (const node of nodes) writeFields(writer, pushPullNodeFields(node));
  return writer.bytes(userState).toBytes();
}

/** 10 | length 4 | encrypted; header and label are authenticated with it. */
function decryptStream(bytes: Uint8Array, envelope: GossipEnvelope): Decoded<Uint8Array> {
  const reader = new ByteReader(bytes);
  const type = reader.u8();
  if (type === undefined) return err(decodeError("truncated", "the stream has not begun"));
  if (type !== MESSAGE_TYPES.encrypt) {
    const isRefused = envelope.keys.length > 0 && envelope.verifyIncoming;
    return isRefused ? err(decodeError("foreign", "the stream is not encrypted")) : ok(bytes);
  }
  if (envelope.keys.length === 0)
    return err(decodeError("foreign", "the stream is encrypted, and there is no key"));
  const length = reader.u32();
  if (length !== undefined && length > MAX_STREAM_BYTES)
    return err(decodeError("malformed", "the stream is too long"));
  const sealed = length === undefined ? undefined : reader.bytes(length);
  if (sealed === undefined) return err(decodeError("truncated", "the encrypted stream has not ended"));
  const associated = joined(bytes.subarray(0, ENCRYPTED_HEADER_BYTES), envelope.label);
  const plain = openPayload(envelope.cipher, { keys: envelope.keys, associated }, sealed);
  return plain.ok ? plain : err(complete(plain.error));
}

function decodeSmall(type: number | undefined, reader: ByteReader): Decoded<StreamMessage> {
  switch (type) {
    case undefined:
      return err(decodeError("truncated", "the stream has not begun"));
    case MESSAGE_TYPES.ping:
      return decodeFields(reader, pingOf);
    case MESSAGE_TYPES.ack:
      return decodeFields(reader, ackOf);
    case MESSAGE_TYPES.error:
      return decodeFields(reader, errorOf);
    case MESSAGE_TYPES.user:
      return decodeUser(reader);
    default:
      return err(decodeError("foreign", `${type} is no type of a message on a stream`));
  }
}

function decodeUser(reader: ByteReader): Decoded<StreamMessage> {
  const length = decodeFields(reader, (fields) => fields.unsigned("UserMsgLen", MAX_STREAM_BYTES));
  if (!length.ok) return length;
  const payload = exactly(reader, length.value);
  return payload.ok ? ok({ type: "user", payload: payload.value }) : payload;
}

function exactly(reader: ByteReader, length: number): Decoded<Uint8Array> {
  const bytes = reader.bytes(length);
  return bytes === undefined
    ? err(decodeError("truncated", "the stream ends inside its last field"))
    : ok(bytes);
}

/** What was encrypted or compressed as a whole does not get better by waiting. */
function complete(error: DecodeError): DecodeError {
  return error.code === "truncated" ? decodeError("malformed", error.message) : error;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
