import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createHash } from "node:crypto";
import { encodeUtf8 } from "../utf8.ts";
import { compressPayload } from "./compression.ts";
import { compressLzw, decompressLzw } from "./lzw.ts";
import { captured } from "./testing/captured-messages.ts";

const PLENTY = 1 << 20;

describe("compression as memberlist does it", () => {
  test("text is compressed byte for byte", () => {
    const text = encodeUtf8("the quick brown fox jumps over the lazy dog. ".repeat(400));
    expect(compressPayload(text)).toEqual(captured("compressed-text"));
  });

  test("noise that uses up all codes again and again is compressed byte for byte", () => {
    const digest = createHash("sha256")
      .update(compressPayload(noise(40_000)))
      .digest();
    expect(new Uint8Array(digest)).toEqual(captured("compressed-noise-sha256"));
  });
});

describe("LZW", () => {
  test("anything comes back", () => {
    // Few different bytes make long codes, many make the table overflow.
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(2), { maxLength: 20_000 }).map((list) => Uint8Array.from(list)),
      fc.nat(30_000).map(noise),
    );
    fc.assert(
      fc.property(bytes, (original) => {
        expect(decompressLzw(compressLzw(original), PLENTY)).toEqual({ ok: true, value: original });
      }),
    );
  });

  test("never throws, and never gives more than it may", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(2000), (bytes, maximum) => {
        const result = decompressLzw(bytes, maximum);
        expect(!result.ok || result.value.length <= maximum).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  test("a few bytes that stand for megabytes are refused", () => {
    const bomb = compressLzw(new Uint8Array(4 << 20));
    expect(bomb.length).toBeLessThan(8000);
    expect(decompressLzw(bomb, 1 << 18)).toMatchObject({ ok: false, error: { code: "malformed" } });
  });

  test("data that ends early is refused", () => {
    const bytes = compressLzw(noise(500));
    expect(decompressLzw(bytes.subarray(0, bytes.length - 2), PLENTY)).toMatchObject({ ok: false });
  });

  test("a table that is full and not cleared goes on with what it knows, as other encoders leave it", () => {
    // 4500 literals without a clear code in between: the decoder's table is full long before the end.
    const literals = noise(4500);
    expect(decompressLzw(literalCodes(literals), PLENTY)).toEqual({ ok: true, value: literals });
  });
});

/** The same as in e2e/peers/memberlist/capture.go. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) & 0x3f;
  });
}

/** Every byte as a literal, in codes that get wider as the decoder's table grows, without a clear code but the first. */
function literalCodes(literals: Uint8Array): Uint8Array {
  let bits = "";
  const write = (code: number, width: number): void => {
    for (let bit = 0; bit < width; bit++) bits += String((code >> bit) & 1);
  };
  write(256, 9);
  let width = 9;
  literals.forEach((byte, index) => {
    write(byte, width);
    if (258 + index === 1 << width && width < 12) width += 1;
  });
  write(257, width);
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) =>
    Number.parseInt([...byte].reverse().join(""), 2),
  );
}
