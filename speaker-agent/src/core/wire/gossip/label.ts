import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { MESSAGE_TYPES } from "./message-types.ts";

/** Longest label of a ring, in bytes; its length is one byte. */
export const MAX_LABEL_BYTES = 255;

const HEADER_BYTES = 2;

/** Bytes the label puts in front of every datagram and stream; none when it is empty. */
export function labelBytes(label: Uint8Array): number {
  return label.length === 0 ? 0 : HEADER_BYTES + label.length;
}

/** 244 | length 1 | label | the rest (memberlist `label.go`); the bytes themselves when the label is empty. */
export function withLabel(label: Uint8Array, bytes: Uint8Array): Uint8Array {
  if (label.length === 0) return bytes;
  const labelled = new Uint8Array(labelBytes(label) + bytes.length);
  labelled[0] = MESSAGE_TYPES.label;
  labelled[1] = label.length;
  labelled.set(label, HEADER_BYTES);
  labelled.set(bytes, labelBytes(label));
  return labelled;
}

/**
 * What is behind the label, which has to be ours: rings with different labels share a network without mixing. `truncated`
 * means that more bytes may make it good.
 */
export function withoutLabel(label: Uint8Array, bytes: Uint8Array): Result<Uint8Array, DecodeError> {
  const [type, length = 0] = bytes;
  if (type === undefined) return err(decodeError("truncated", "nothing at all"));
  const isLabelled = type === MESSAGE_TYPES.label;
  if (isLabelled && bytes.length < HEADER_BYTES)
    return err(decodeError("truncated", "it ends inside its label"));
  if ((isLabelled ? length : 0) !== label.length || (isLabelled && length === 0))
    return err(decodeError("foreign", "it carries the label of another ring"));
  const header = labelBytes(label);
  if (bytes.length < header) return err(decodeError("truncated", "it ends inside its label"));
  const isOurs = label.every((byte, index) => bytes[HEADER_BYTES + index] === byte);
  return isOurs
    ? ok(bytes.subarray(header))
    : err(decodeError("foreign", "it carries the label of another ring"));
}
