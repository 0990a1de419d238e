import { type ByteReader, type ByteWriter, err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";
import { decodeUtf8, encodeUtf8 } from "../utf8.ts";

/**
 * The part of MessagePack that memberlist needs: maps from field names to numbers, booleans, texts and bytes. Written as
 * hashicorp/go-msgpack writes by default (fields in the order of their names, the "raw" forms of the old specification,
 * no `bin` and no `str8`); read in the old and the new forms.
 */

/** Bytes or text; nil, which Go writes for an empty slice, is undefined. */
export type FieldValue = number | boolean | Uint8Array | undefined;

/** memberlist's own messages have at most eight. */
const MAX_FIELDS = 64;
/** How deep a field we do not know may be nested before we stop to look for its end. */
const MAX_DEPTH = 4;
const MAX_FIELD_NAME_BYTES = 64;

/** How a byte that begins a value goes on; `length` bytes hold the number or the count. */
const NUMBERS: Readonly<Record<number, { readonly length: 1 | 2 | 4 | 8; readonly signed: boolean }>> = {
  0xcc: { length: 1, signed: false },
  0xcd: { length: 2, signed: false },
  0xce: { length: 4, signed: false },
  0xcf: { length: 8, signed: false },
  0xd0: { length: 1, signed: true },
  0xd1: { length: 2, signed: true },
  0xd2: { length: 4, signed: true },
  0xd3: { length: 8, signed: true },
};
const COUNT_LENGTHS: Readonly<Record<number, 1 | 2 | 4>> = {
  0xc4: 1,
  0xc5: 2,
  0xc6: 4,
  0xd9: 1,
  0xda: 2,
  0xdb: 4,
  0xdc: 2,
  0xdd: 4,
  0xde: 2,
  0xdf: 4,
};
const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;

/**
 * The fields of one map. The getters give the zero value for a field that is missing or nil, as Go does; the first that
 * does not fit is remembered in `fault`, so that a decoder reads all and asks once.
 */
export class Fields {
  readonly #values: ReadonlyMap<string, FieldValue>;
  fault: DecodeError | undefined;

  constructor(values: ReadonlyMap<string, FieldValue>) {
    this.#values = values;
  }

  /** A whole number from 0 to `maximum`. */
  unsigned(name: string, maximum: number): number {
    const value = this.#values.get(name) ?? 0;
    if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= maximum) return value;
    this.#fail(`${name} is no number from 0 to ${maximum}`);
    return 0;
  }

  flag(name: string): boolean {
    const value = this.#values.get(name) ?? false;
    if (typeof value === "boolean") return value;
    this.#fail(`${name} is neither true nor false`);
    return false;
  }

  /** A copy: a node's few bytes that are kept must not keep the whole stream they came in. */
  bytes(name: string, maximum: number): Uint8Array {
    const value = this.#values.get(name) ?? new Uint8Array();
    if (value instanceof Uint8Array && value.length <= maximum) return value.slice();
    this.#fail(`${name} is not at most ${maximum} bytes`);
    return new Uint8Array();
  }

  text(name: string, maximum: number): string {
    const text = decodeUtf8(this.bytes(name, maximum));
    if (text === undefined) this.#fail(`${name} is no UTF-8`);
    return text ?? "";
  }

  #fail(message: string): void {
    this.fault ??= decodeError("malformed", message);
  }
}

/** Reads one map and leaves the reader behind it. Values of other kinds than {@link FieldValue} are passed over. */
export function readFields(reader: ByteReader): Result<Fields, DecodeError> {
  const count = readMapHeader(reader);
  if (!count.ok) return count;
  const values = new Map<string, FieldValue>();
  for (let index = 0; index < count.value; index++) {
    const name = readValue(reader, 0);
    if (!name.ok) return name;
    const value = readValue(reader, 0);
    if (!value.ok) return value;
    if (!(name.value instanceof Uint8Array) || name.value.length > MAX_FIELD_NAME_BYTES)
      return err(decodeError("malformed", "a field of the message has no name"));
    values.set(String.fromCharCode(...name.value), value.value);
  }
  return ok(new Fields(values));
}

/** Writes a map of the fields in the order of their names, which is the order Go writes; undefined becomes nil. */
export function writeFields(writer: ByteWriter, fields: Readonly<Record<string, FieldValue | string>>): void {
  const names = Object.keys(fields).sort();
  writer.u8(0x80 | names.length);
  for (const name of names) {
    writeRaw(writer, encodeUtf8(name));
    writeValue(writer, fields[name]);
  }
}

function readMapHeader(reader: ByteReader): Result<number, DecodeError> {
  const kind = reader.u8();
  if (kind === undefined) return truncated();
  const count = (kind & 0xf0) === 0x80 ? kind & 0x0f : isMap(kind) ? readCount(reader, kind) : Number.NaN;
  if (count === undefined) return truncated();
  if (Number.isNaN(count)) return err(decodeError("malformed", "the message is no map of fields"));
  return count <= MAX_FIELDS ? ok(count) : err(decodeError("malformed", "the message has too many fields"));
}

function isMap(kind: number): boolean {
  return kind === 0xde || kind === 0xdf;
}

function readValue(reader: ByteReader, depth: number): Result<FieldValue, DecodeError> {
  const kind = reader.u8();
  if (kind === undefined) return truncated();
  if (kind < 0x80) return ok(kind);
  if (kind >= 0xe0) return ok(kind - 0x100);
  if (kind === NIL) return ok(undefined);
  if (kind === FALSE || kind === TRUE) return ok(kind === TRUE);
  const number = NUMBERS[kind];
  if (number !== undefined) return readNumber(reader, number);
  if (kind >= 0xa0 && kind < 0xc0) return readRaw(reader, kind & 0x1f);
  if (kind >= 0xc4 && kind <= 0xc6) return readRaw(reader, readCount(reader, kind));
  if (kind >= 0xd9 && kind <= 0xdb) return readRaw(reader, readCount(reader, kind));
  return passOverNested(reader, kind, depth);
}

function readCount(reader: ByteReader, kind: number): number | undefined {
  const length = COUNT_LENGTHS[kind];
  if (length === 1) return reader.u8();
  return length === 2 ? reader.u16() : reader.u32();
}

function readNumber(
  reader: ByteReader,
  { length, signed }: { readonly length: 1 | 2 | 4 | 8; readonly signed: boolean },
): Result<number, DecodeError> {
  const bytes = reader.bytes(length);
  if (bytes === undefined) return truncated();
  const value = bytes.reduce((sum, byte) => sum * 0x100 + byte, 0);
  return ok(signed && (bytes[0] ?? 0) >= 0x80 ? value - 2 ** (8 * length) : value);
}

function readRaw(reader: ByteReader, length: number | undefined): Result<Uint8Array, DecodeError> {
  const bytes = length === undefined ? undefined : reader.bytes(length);
  return bytes === undefined ? truncated() : ok(bytes);
}

/** A list or a map in a field of a later version; what it holds is of no use to us, where it ends is. */
function passOverNested(reader: ByteReader, kind: number, depth: number): Result<undefined, DecodeError> {
  const isList = (kind & 0xf0) === 0x90 || kind === 0xdc || kind === 0xdd;
  const isSmall = (kind & 0xf0) === 0x90 || (kind & 0xf0) === 0x80;
  if (!isList && !isMap(kind) && (kind & 0xf0) !== 0x80)
    return err(decodeError("malformed", "a field holds a value of an unknown kind"));
  if (depth === MAX_DEPTH) return err(decodeError("malformed", "a field is nested too deep"));
  const count = isSmall ? kind & 0x0f : readCount(reader, kind);
  if (count === undefined) return truncated();
  for (let left = isList ? count : 2 * count; left > 0; left--) {
    const passed = readValue(reader, depth + 1);
    if (!passed.ok) return passed;
  }
  return ok(undefined);
}

function writeValue(writer: ByteWriter, value: FieldValue | string): void {
  if (value === undefined) writer.u8(NIL);
  else if (typeof value === "boolean") writer.u8(value ? TRUE : FALSE);
  else if (typeof value === "number") writeUnsigned(writer, value);
  else writeRaw(writer, typeof value === "string" ? encodeUtf8(value) : value);
}

function writeUnsigned(writer: ByteWriter, value: number): void {
  if (value < 0x80) writer.u8(value);
  else if (value < 0x100) writer.u8(0xcc).u8(value);
  else if (value < 0x1_0000) writer.u8(0xcd).u16(value);
  else writer.u8(0xce).u32(value);
}

function writeRaw(writer: ByteWriter, bytes: Uint8Array): void {
  if (bytes.length < 0x20) writer.u8(0xa0 | bytes.length);
  else if (bytes.length < 0x1_0000) writer.u8(0xda).u16(bytes.length);
  else writer.u8(0xdb).u32(bytes.length);
  writer.bytes(bytes);
}

function truncated(): { readonly ok: false; readonly error: DecodeError } {
  return err(decodeError("truncated", "the message ends inside a field"));
}
