import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeIpv6, encodeIpv6 } from "./ipv6.ts";
import { anyIpv6 } from "./testing/arbitraries.ts";
import { capturedFrames } from "./testing/captured-frames.ts";
import { toHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

const bytes = capturedFrames.solicitation.subarray(14);

describe("IPv6 packets", () => {
  test("a captured one, both ways", () => {
    const decoded = decodeIpv6(bytes);
    expect(decoded).toEqual({
      ok: true,
      value: {
        source: ip("2001:db8::1"),
        destination: ip("ff02::1:ff00:2"),
        hopLimit: 255,
        nextHeader: 58,
        payload: bytes.subarray(40),
      },
    });
    if (decoded.ok) expect(toHex(encodeIpv6(decoded.value))).toBe(toHex(bytes));
  });

  test("padding behind the payload is cut off", () => {
    const padded = new Uint8Array(bytes.length + 10);
    padded.set(bytes);
    expect(decodeIpv6(padded)).toEqual(decodeIpv6(bytes));
  });

  test("another version is malformed", () => {
    const other = bytes.slice();
    other[0] = 0x40;
    expect(decodeIpv6(other)).toMatchObject({ ok: false, error: { code: "malformed" } });
  });

  test("cut at every length but the full one: truncated", () => {
    for (let length = 0; length < bytes.length; length += 1) {
      expect(decodeIpv6(bytes.subarray(0, length))).toMatchObject({
        ok: false,
        error: { code: "truncated" },
      });
    }
  });

  test("decode inverts encode", () => {
    const anyPacket = fc.record({
      source: anyIpv6,
      destination: anyIpv6,
      hopLimit: fc.nat(255),
      nextHeader: fc.nat(255),
      payload: fc.uint8Array({ maxLength: 64 }),
    });
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodeIpv6(encodeIpv6(packet))).toEqual({ ok: true, value: packet });
      }),
    );
  });
});
