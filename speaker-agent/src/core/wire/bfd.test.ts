import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeBfdEcho, encodeBfdEcho } from "./bfd-echo.ts";
import { type BfdControlPacket, decodeBfdPacket, encodeBfdPacket } from "./bfd.ts";
import { anyBfdPacket } from "./testing/arbitraries.ts";
import { guarded } from "./testing/guarded-bytes.ts";
import { fromHex, toHex } from "./testing/hex.ts";

const anyWord = fc.nat(0xffff_ffff);

/** Up, multiplier 3, 300 ms both ways, echo 50 ms. */
const EXAMPLE = "20 c8 03 18 1f 61 8d 41 00 00 00 07 00 04 93 e0 00 04 93 e0 00 00 c3 50";

const example: BfdControlPacket = {
  diagnostic: 0,
  state: "up",
  poll: false,
  final: false,
  controlPlaneIndependent: true,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 0x1f618d41,
  yourDiscriminator: 7,
  desiredMinTx: 300_000,
  requiredMinRx: 300_000,
  requiredMinEchoRx: 50_000,
};

describe("BFD control packets (RFC 5880, section 4.1)", () => {
  test("one with every field", () => {
    expect(decodeBfdPacket(fromHex(EXAMPLE))).toEqual({ ok: true, value: example });
    expect(toHex(encodeBfdPacket(example))).toBe(toHex(fromHex(EXAMPLE)));
  });

  test("what is encoded is decoded to the same", () => {
    fc.assert(
      fc.property(anyBfdPacket, fc.uint8Array({ maxLength: 30 }), (packet, more) => {
        const bytes = Uint8Array.of(...encodeBfdPacket(packet), ...more);
        expect(decodeBfdPacket(bytes)).toEqual({ ok: true, value: packet });
      }),
    );
  });

  test("whatever the bytes, nothing is thrown, nothing read past the end, and what is read can be sent", () => {
    const mutated = fc
      .tuple(anyBfdPacket, fc.array(fc.tuple(fc.nat(23), fc.nat(255)), { maxLength: 4 }), fc.nat(30))
      .map(([packet, changes, length]) => {
        const bytes = encodeBfdPacket(packet);
        for (const [offset, value] of changes) bytes[offset] = value;
        return bytes.slice(0, length);
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        const packet = decodeBfdPacket(guarded(bytes));
        if (!packet.ok) return;
        expect(decodeBfdPacket(encodeBfdPacket(packet.value))).toEqual(packet);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("what is refused (RFC 5880, section 6.8.6)", () => {
  const refused: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, string])[] = [
    ["fewer than 24 bytes", (bytes) => bytes.slice(0, 23), "shorter than a control packet"],
    ["version 0", (bytes) => set(bytes, 0, 0x00), "another version than 1"],
    ["version 2", (bytes) => set(bytes, 0, 0x40), "another version than 1"],
    ["a length field below 24", (bytes) => set(bytes, 3, 23), "the length field is too small"],
    ["a length field past the end", (bytes) => set(bytes, 3, 25), "shorter than its length field says"],
    ["multiplier 0", (bytes) => set(bytes, 2, 0), "the detect multiplier is zero"],
    ["the multipoint bit", (bytes) => set(bytes, 1, 0xc1), "the multipoint bit is set"],
    ["the authentication bit", (bytes) => set(bytes, 1, 0xc4), "authentication is present"],
    ["my discriminator 0", (bytes) => fill(bytes, 4), "it names no session of its sender"],
    ["your discriminator 0 in state up", (bytes) => fill(bytes, 8), "it names no session of ours"],
    ["the same in state init", (bytes) => fill(set(bytes, 1, 0x80), 8), "it names no session of ours"],
  ];
  test.each(refused)("%s", (_name, spoil, message) => {
    const packet = decodeBfdPacket(spoil(fromHex(EXAMPLE)));
    expect(packet).toMatchObject({ ok: false, error: { message } });
  });

  test("authentication is refused with its section, too", () => {
    const bytes = new Uint8Array(28);
    bytes.set(fromHex(EXAMPLE));
    bytes.set([0xc4, 3, 28], 1);
    expect(decodeBfdPacket(bytes).ok).toBe(false);
  });

  test("but not your discriminator 0 in down and admin-down", () => {
    for (const state of [0x00, 0x40])
      expect(decodeBfdPacket(fill(set(fromHex(EXAMPLE), 1, state), 8)).ok).toBe(true);
  });
});

describe("our echo packets", () => {
  test("are read as they were sent, padded or not", () => {
    fc.assert(
      fc.property(anyWord, anyWord, fc.uint8Array({ maxLength: 6 }), (discriminator, sequence, padding) => {
        const bytes = Uint8Array.of(...encodeBfdEcho({ discriminator, sequence }), ...padding);
        expect(decodeBfdEcho(bytes)).toEqual({ discriminator, sequence });
      }),
    );
  });

  test("those of others are none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        fc.pre(bytes[0] !== 0x53);
        expect(decodeBfdEcho(guarded(bytes))).toBeUndefined();
      }),
    );
  });
});

function set(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  bytes[offset] = value;
  return bytes;
}

function fill(bytes: Uint8Array, offset: number): Uint8Array {
  return bytes.fill(0, offset, offset + 4);
}
