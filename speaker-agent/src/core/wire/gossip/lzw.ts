import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeError, type DecodeError } from "../decode-error.ts";

/**
 * LZW as memberlist compresses: least significant bits first, 8-bit literals, codes of 9 to 12 bits, a clear code in
 * front and an end code behind (the variant of GIF, as Go's compress/lzw writes and reads it).
 */

const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const LEAST_WIDTH = 9;
const GREATEST_WIDTH = 12;
const CODES = 1 << GREATEST_WIDTH;
const NONE = -1;

export function compressLzw(bytes: Uint8Array): Uint8Array {
  const bits = new BitWriter(bytes.length);
  const encoder = new Encoder(bits);
  for (const byte of bytes) encoder.take(byte);
  encoder.end();
  return bits.toBytes();
}

/** The original, unless it is longer than `maximumBytes`: a few bytes can stand for megabytes. */
export function decompressLzw(bytes: Uint8Array, maximumBytes: number): Result<Uint8Array, DecodeError> {
  const output = new Output(maximumBytes);
  const table = new DecoderTable();
  const bits = new BitReader(bytes);
  for (;;) {
    const code = bits.read(table.width);
    if (code === undefined) return err(decodeError("truncated", "the compressed data has no end"));
    if (code === END) return ok(output.toBytes());
    if (code === CLEAR) table.clear();
    else {
      const expansion = table.expand(code);
      if (expansion === undefined)
        return err(decodeError("malformed", "the compressed data has an unknown code"));
      if (!output.append(expansion))
        return err(decodeError("malformed", `more than ${maximumBytes} bytes uncompressed`));
    }
  }
}

class Encoder {
  readonly #bits: BitWriter;
  /** Which code stands for the text of a code followed by a byte; the key is code × 256 + byte. */
  readonly #codes = new Map<number, number>();
  #prefix = NONE;
  #newest = END;
  #width = LEAST_WIDTH;

  constructor(bits: BitWriter) {
    this.#bits = bits;
    bits.write(CLEAR, LEAST_WIDTH);
  }

  take(byte: number): void {
    if (this.#prefix === NONE) {
      this.#prefix = byte;
      return;
    }
    const key = this.#prefix * 256 + byte;
    const known = this.#codes.get(key);
    if (known !== undefined) {
      this.#prefix = known;
      return;
    }
    this.#bits.write(this.#prefix, this.#width);
    this.#prefix = byte;
    if (this.#grow()) this.#codes.set(key, this.#newest);
  }

  end(): void {
    if (this.#prefix !== NONE) {
      this.#bits.write(this.#prefix, this.#width);
      this.#grow();
    }
    this.#bits.write(END, this.#width);
  }

  /** Each written code makes the decoder learn one; when all are used up both begin anew, and there is none to learn. */
  #grow(): boolean {
    this.#newest += 1;
    if (this.#newest === 1 << this.#width) this.#width += 1;
    if (this.#newest < CODES - 1) return true;
    this.#bits.write(CLEAR, GREATEST_WIDTH);
    this.#codes.clear();
    this.#newest = END;
    this.#width = LEAST_WIDTH;
    return false;
  }
}

class DecoderTable {
  readonly #prefixes = new Uint16Array(CODES);
  readonly #suffixes = new Uint8Array(CODES);
  readonly #scratch = new Uint8Array(CODES);
  #previous = NONE;
  #next = FIRST_FREE;
  width = LEAST_WIDTH;

  clear(): void {
    this.#previous = NONE;
    this.#next = FIRST_FREE;
    this.width = LEAST_WIDTH;
  }

  /** The text of a code, valid until the next call; undefined for a code that nobody can have meant. */
  expand(code: number): Uint8Array | undefined {
    const isNext = code === this.#next && this.#previous !== NONE;
    if (code >= this.#next && !isNext) return undefined;
    const text = isNext ? this.#expandNext() : this.#textOf(code, CODES);
    this.#learn(text[0] ?? 0);
    this.#previous = code;
    return text;
  }

  /** The one code the encoder knows before us: the previous text and its own first byte again. */
  #expandNext(): Uint8Array {
    const text = this.#textOf(this.#previous, CODES - 1);
    const start = CODES - 1 - text.length;
    this.#scratch[CODES - 1] = text[0] ?? 0;
    return this.#scratch.subarray(start);
  }

  /** Written backwards into the scratch memory, to end before `end`. */
  #textOf(code: number, end: number): Uint8Array {
    let start = end;
    let rest = code;
    while (rest >= CLEAR) {
      start -= 1;
      this.#scratch[start] = this.#suffixes[rest] ?? 0;
      rest = this.#prefixes[rest] ?? 0;
    }
    start -= 1;
    this.#scratch[start] = rest;
    return this.#scratch.subarray(start, end);
  }

  #learn(first: number): void {
    if (this.#previous === NONE || this.#next === CODES) return;
    this.#prefixes[this.#next] = this.#previous;
    this.#suffixes[this.#next] = first;
    this.#next += 1;
    if (this.#next === 1 << this.width && this.width < GREATEST_WIDTH) this.width += 1;
  }
}

class BitWriter {
  #bytes: Uint8Array;
  #length = 0;
  #pending = 0;
  #pendingBits = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity + 16);
  }

  write(code: number, width: number): void {
    this.#pending |= code << this.#pendingBits;
    this.#pendingBits += width;
    while (this.#pendingBits >= 8) this.#flushByte();
  }

  toBytes(): Uint8Array {
    if (this.#pendingBits > 0) this.#flushByte();
    return this.#bytes.slice(0, this.#length);
  }

  #flushByte(): void {
    if (this.#length === this.#bytes.length) {
      const grown = new Uint8Array(2 * this.#bytes.length);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes[this.#length] = this.#pending & 0xff;
    this.#length += 1;
    this.#pending >>>= 8;
    this.#pendingBits -= 8;
  }
}

class BitReader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  #pending = 0;
  #pendingBits = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(width: number): number | undefined {
    while (this.#pendingBits < width) {
      if (this.#offset === this.#bytes.length) return undefined;
      this.#pending |= (this.#bytes[this.#offset] ?? 0) << this.#pendingBits;
      this.#offset += 1;
      this.#pendingBits += 8;
    }
    const code = this.#pending & ((1 << width) - 1);
    this.#pending >>>= width;
    this.#pendingBits -= width;
    return code;
  }
}

class Output {
  readonly #maximum: number;
  #bytes = new Uint8Array(4096);
  #length = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  append(bytes: Uint8Array): boolean {
    const length = this.#length + bytes.length;
    if (length > this.#maximum) return false;
    if (length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = length;
    return true;
  }

  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }
}
