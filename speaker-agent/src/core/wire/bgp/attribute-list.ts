import { ByteReader, type ByteWriter } from "@steelyard/model/foundation";
import { FLAG_EXTENDED_LENGTH } from "./attribute-types.ts";

/** One path attribute as it stands in the message (RFC 4271, section 4.3). */
export interface RawAttribute {
  readonly flags: number;
  readonly type: number;
  readonly value: Uint8Array;
  /** Flags, type, length and value: what a NOTIFICATION about it shows. */
  readonly whole: Uint8Array;
}

export interface AttributeList {
  readonly attributes: readonly RawAttribute[];
  /** Whether lengths contradict each other; the attributes before that place are there (RFC 7606, section 4). */
  readonly broken: boolean;
}

export function readAttributes(bytes: Uint8Array): AttributeList {
  const reader = new ByteReader(bytes);
  const attributes: RawAttribute[] = [];
  // Every round consumes three bytes at least.
  while (reader.remaining > 0) {
    const start = reader.offset;
    const flags = reader.u8() ?? 0;
    const type = reader.u8();
    const length = (flags & FLAG_EXTENDED_LENGTH) === 0 ? reader.u8() : reader.u16();
    const value = length === undefined ? undefined : reader.bytes(length);
    if (type === undefined || value === undefined) return { attributes, broken: true };
    attributes.push({ flags, type, value, whole: bytes.subarray(start, reader.offset) });
  }
  return { attributes, broken: false };
}

/** With two bytes of length only where one does not suffice, as RFC 4271, section 4.3, wants it. */
export function writeAttribute(writer: ByteWriter, flags: number, type: number, value: Uint8Array): void {
  if (value.length > 0xff)
    writer
      .u8(flags | FLAG_EXTENDED_LENGTH)
      .u8(type)
      .u16(value.length);
  else writer.u8(flags).u8(type).u8(value.length);
  writer.bytes(value);
}

/** Bytes of an attribute whose value has so many. */
export function attributeLength(valueLength: number): number {
  return valueLength + (valueLength > 0xff ? 4 : 3);
}
