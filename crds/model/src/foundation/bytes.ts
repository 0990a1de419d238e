/**
 * Reads big-endian numbers and slices from bytes that somebody else wrote. It never throws and never reads past the
 * end: every method gives undefined when too few bytes are left, and then consumes nothing.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Bytes consumed so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes not yet consumed. */
  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number | undefined {
    return this.#number(1);
  }

  u16(): number | undefined {
    return this.#number(2);
  }

  u24(): number | undefined {
    return this.#number(3);
  }

  u32(): number | undefined {
    return this.#number(4);
  }

  u64(): bigint | undefined {
    if (this.remaining < 8) return undefined;
    const high = this.#number(4) ?? 0;
    const low = this.#number(4) ?? 0;
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** The next `length` bytes as a view of the same memory: copy it before the buffer is used again. */
  bytes(length: number): Uint8Array | undefined {
    if (!isLength(length) || this.remaining < length) return undefined;
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, this.#offset);
  }

  /** Everything that is left, possibly nothing, as a view. */
  rest(): Uint8Array {
    const start = this.#offset;
    this.#offset = this.#bytes.length;
    return this.#bytes.subarray(start);
  }

  /** Passes over `length` bytes; false, and nothing is consumed, when fewer are left. */
  skip(length: number): boolean {
    return this.bytes(length) !== undefined;
  }

  /** A reader of the next `length` bytes only, so that a nested structure cannot reach beyond its own length. */
  reader(length: number): ByteReader | undefined {
    const bytes = this.bytes(length);
    return bytes && new ByteReader(bytes);
  }

  #number(length: number): number | undefined {
    const bytes = this.bytes(length);
    // Multiplication instead of a shift: a shift would make numbers above 2^31 negative.
    return bytes?.reduce((value, byte) => value * 0x100 + byte, 0);
  }
}

/** Length fields of hostile input reach `bytes()` after arithmetic: a negative or broken number is "too few bytes". */
function isLength(length: number): boolean {
  return Number.isInteger(length) && length >= 0;
}

/**
 * Writes big-endian numbers and slices into memory that grows. A number that does not fit its field is a mistake of
 * the caller, never of a peer, and throws a RangeError.
 */
export class ByteWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    return this.#number(value, 1);
  }

  u16(value: number): this {
    return this.#number(value, 2);
  }

  u24(value: number): this {
    return this.#number(value, 3);
  }

  u32(value: number): this {
    return this.#number(value, 4);
  }

  u64(value: bigint): this {
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`${value} does not fit 8 bytes`);
    return this.#number(Number(value >> 32n), 4).#number(Number(value & 0xffff_ffffn), 4);
  }

  bytes(bytes: Uint8Array): this {
    const offset = this.#extend(bytes.length);
    this.#bytes.set(bytes, offset);
    return this;
  }

  zeros(length: number): this {
    const offset = this.#extend(length);
    // The spare part may hold what an earlier, larger buffer left there only if writers ever shrink; they do not,
    // but a frame's padding must not depend on that.
    this.#bytes.fill(0, offset, offset + length);
    return this;
  }

  /** Overwrites two bytes written before: for lengths and checksums that are known only at the end. */
  setU16(offset: number, value: number): this {
    if (!isLength(offset) || offset + 2 > this.#length)
      throw new RangeError(`nothing is written at ${offset}`);
    this.#put(offset, value, 2);
    return this;
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #number(value: number, length: number): this {
    const limit = 2 ** (8 * length);
    if (!Number.isInteger(value) || value < 0 || value >= limit) {
      throw new RangeError(`${value} does not fit ${length} bytes`);
    }
    this.#put(this.#extend(length), value, length);
    return this;
  }

  #put(offset: number, value: number, length: number): void {
    let rest = value;
    for (let index = offset + length - 1; index >= offset; index--) {
      this.#bytes[index] = rest % 0x100;
      rest = Math.floor(rest / 0x100);
    }
  }

  /** Makes room for `length` more bytes and returns where they begin. */
  #extend(length: number): number {
    const offset = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, offset));
      this.#bytes = grown;
    }
    return offset;
  }
}
