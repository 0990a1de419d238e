import { describe, expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { ByteReader, ByteWriter } from "./bytes.ts";

const bytes = (...values: readonly number[]): Uint8Array => new Uint8Array(values);

describe("reading", () => {
  test("numbers are big-endian and unsigned", () => {
    const reader = new ByteReader(
      bytes(1, 0xff, 0xfe, 1, 2, 3, 0xff, 0xff, 0xff, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1),
    );
    expect([reader.u8(), reader.u16(), reader.u24(), reader.u32()]).toEqual([
      1, 0xfffe, 0x010203, 0xfffffffe,
    ]);
    expect(reader.u64()).toBe(0x8000_0000_0000_0001n);
    expect([reader.offset, reader.remaining]).toEqual([18, 0]);
  });

  test.each([
    ["u8", 0],
    ["u16", 1],
    ["u24", 2],
    ["u32", 3],
    ["u64", 7],
  ] as const)("%s of %i bytes is undefined, and nothing is consumed", (method, length) => {
    const reader = new ByteReader(new Uint8Array(length).fill(7));
    expect(reader[method]()).toBeUndefined();
    expect([reader.offset, reader.remaining]).toEqual([0, length]);
  });

  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 4])(
    "a slice of %d bytes out of 3 is undefined",
    (length) => {
      const reader = new ByteReader(bytes(1, 2, 3));
      expect([reader.bytes(length), reader.reader(length), reader.skip(length)]).toEqual([
        undefined,
        undefined,
        false,
      ]);
      expect(reader.remaining).toBe(3);
    },
  );

  test("slices are views of the same memory", () => {
    const memory = bytes(1, 2, 3, 4);
    const slice = new ByteReader(memory).bytes(2);
    memory[0] = 9;
    expect(slice).toEqual(bytes(9, 2));
  });

  test("a nested reader ends where its length ends", () => {
    const reader = new ByteReader(bytes(1, 2, 3));
    const nested = reader.reader(2);
    expect([nested?.u16(), nested?.u8(), reader.u8()]).toEqual([0x0102, undefined, 3]);
  });

  test("the rest may be nothing", () => {
    const reader = new ByteReader(bytes(1, 2));
    expect([reader.skip(1), reader.rest(), reader.rest()]).toEqual([true, bytes(2), bytes()]);
  });
});

describe("writing", () => {
  test("numbers, slices and padding, growing from nothing", () => {
    const writer = new ByteWriter(0)
      .u8(1)
      .u16(0xfffe)
      .u24(0x010203)
      .u32(0xfffffffe)
      .u64(0x8000_0000_0000_0001n);
    writer.bytes(bytes(9, 8)).zeros(2).setU16(0, 0xabcd);
    expect(writer.toBytes()).toEqual(
      bytes(0xab, 0xcd, 0xfe, 1, 2, 3, 0xff, 0xff, 0xff, 0xfe, 0x80, 0, 0, 0, 0, 0, 0, 1, 9, 8, 0, 0),
    );
    expect(writer.length).toBe(22);
  });

  test("what was given out does not change when more is written", () => {
    const writer = new ByteWriter().u8(1);
    const before = writer.toBytes();
    writer.u8(2).setU16(0, 0);
    expect(before).toEqual(bytes(1));
  });

  test.each([
    ["u8", 256],
    ["u8", -1],
    ["u16", 0x10000],
    ["u24", 0x1000000],
    ["u32", 2 ** 32],
    ["u32", 1.5],
    ["u32", Number.NaN],
  ] as const)("%s refuses %d", (method, value) => {
    expect(() => new ByteWriter()[method](value)).toThrow(RangeError);
  });

  test("u64 refuses what does not fit", () => {
    expect(() => new ByteWriter().u64(1n << 64n)).toThrow(RangeError);
    expect(() => new ByteWriter().u64(-1n)).toThrow(RangeError);
  });

  test.each([-1, 1, 2, 0.5])("overwriting at %d when two bytes are written", (offset) => {
    expect(() => new ByteWriter().u16(0).setU16(offset, 1)).toThrow(RangeError);
  });
});

test("what is written is read back", () => {
  const u = (bits: number): fc.Arbitrary<number> => fc.integer({ min: 0, max: 2 ** bits - 1 });
  fc.assert(
    fc.property(
      u(8),
      u(16),
      u(24),
      u(32),
      fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
      fc.uint8Array(),
      (...values) => {
        const [a, b, c, d, e, f] = values;
        const reader = new ByteReader(new ByteWriter(1).u8(a).u16(b).u24(c).u32(d).u64(e).bytes(f).toBytes());
        expect([reader.u8(), reader.u16(), reader.u24(), reader.u32(), reader.u64(), reader.rest()]).toEqual(
          values,
        );
      },
    ),
  );
});
