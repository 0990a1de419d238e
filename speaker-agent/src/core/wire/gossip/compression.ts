import { type ByteReader, ByteWriter, err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { compressLzw, decompressLzw } from "./lzw.ts";
import { decodeFields } from "./message-codec.ts";
import { MESSAGE_TYPES } from "./message-types.ts";
import { writeFields } from "./msgpack.ts";

const LZW = 0;
const MAX_ALGORITHM = 0xff;

/** 9 | {Algo, Buf}: any payload, compressed. */
export function compressPayload(payload: Uint8Array): Uint8Array {
  const writer = new ByteWriter(payload.length).u8(MESSAGE_TYPES.compress);
  writeFields(writer, { Algo: LZW, Buf: compressLzw(payload) });
  return writer.toBytes();
}

/** The payload of a message whose type byte has been read; it is at most `maximumBytes` long. */
export function decompressPayload(reader: ByteReader, maximumBytes: number): Result<Uint8Array, DecodeError> {
  const compressed = decodeFields(reader, (fields) => ({
    algorithm: fields.unsigned("Algo", MAX_ALGORITHM),
    bytes: fields.bytes("Buf", maximumBytes),
  }));
  if (!compressed.ok) return compressed;
  if (compressed.value.algorithm !== LZW) return err(decodeError("foreign", "compressed in an unknown way"));
  const payload = decompressLzw(compressed.value.bytes, maximumBytes);
  // Here all of it has arrived, so nobody shall wait for the rest.
  return payload.ok ? ok(payload.value) : err(decodeError("malformed", payload.error.message));
}
