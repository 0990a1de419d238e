import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type ArpPacket, decodeArp, encodeArp } from "./arp.ts";
import { anyArpPacket } from "./testing/arbitraries.ts";
import { capturedFrames } from "./testing/captured-frames.ts";
import { fromHex, toHex } from "./testing/hex.ts";
import { ip } from "./testing/ip.ts";

const request: ArpPacket = {
  operation: "request",
  senderMac: fromHex("020000000a01"),
  senderAddress: ip("192.0.2.1"),
  targetMac: fromHex("000000000000"),
  targetAddress: ip("192.0.2.2"),
};

const reply: ArpPacket = {
  operation: "reply",
  senderMac: fromHex("020000000b01"),
  senderAddress: ip("192.0.2.2"),
  targetMac: fromHex("020000000a01"),
  targetAddress: ip("192.0.2.1"),
};

describe("ARP packets", () => {
  test.each([
    ["request", capturedFrames.arpRequest, request],
    ["reply", capturedFrames.arpReply, reply],
  ])("a captured %s, both ways", (_name, frame, packet) => {
    const payload = frame.subarray(14);
    expect(decodeArp(payload)).toEqual({ ok: true, value: packet });
    expect(toHex(encodeArp(packet))).toBe(toHex(payload));
  });

  test("padding behind the packet is ignored", () => {
    const padded = new Uint8Array(46);
    padded.set(capturedFrames.arpReply.subarray(14));
    expect(decodeArp(padded)).toEqual({ ok: true, value: reply });
  });

  test.each([
    ["another hardware type", 1, 6, "foreign"],
    ["another protocol type", 3, 0x06, "foreign"],
    ["another hardware length", 4, 8, "malformed"],
    ["another protocol length", 5, 16, "malformed"],
    ["operation 0", 7, 0, "foreign"],
    ["operation 3 (RARP)", 7, 3, "foreign"],
    ["operation 257", 6, 1, "foreign"],
  ])("refuses %s", (_name, offset, value, code) => {
    const payload = capturedFrames.arpRequest.slice(14);
    payload[offset] = value;
    expect(decodeArp(payload)).toMatchObject({ ok: false, error: { code } });
  });

  test("cut at every length but the full one: truncated", () => {
    const payload = encodeArp(request);
    for (let length = 0; length < payload.length; length += 1) {
      expect(decodeArp(payload.subarray(0, length))).toMatchObject({
        ok: false,
        error: { code: "truncated" },
      });
    }
  });

  test("decode inverts encode", () => {
    fc.assert(
      fc.property(anyArpPacket, (packet) => {
        expect(decodeArp(encodeArp(packet))).toEqual({ ok: true, value: packet });
      }),
    );
  });
});
