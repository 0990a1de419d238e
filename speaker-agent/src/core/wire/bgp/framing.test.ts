import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { toHex } from "../testing/hex.ts";
import { encodeBgpMessage } from "./codec.ts";
import { splitBgpStream } from "./framing.ts";
import { anyBgpMessage } from "./testing/any-message.ts";
import { wireMessage } from "./testing/wire-message.ts";

const NOTHING = new Uint8Array(0);
const keepalive = wireMessage("04");
const refresh = wireMessage("05 0001 00 01");
const update = wireMessage("02 0000 0000");

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function hexOf(messages: readonly Uint8Array[]): readonly string[] {
  return messages.map(toHex);
}

describe("a stream", () => {
  const whole = joined(keepalive, refresh, update, keepalive);
  const messages = hexOf([keepalive, refresh, update, keepalive]);

  test("in one piece", () => {
    const frames = splitBgpStream(NOTHING, whole);
    expect(hexOf(frames.messages)).toEqual(messages);
    expect([frames.rest.length, frames.error]).toEqual([0, undefined]);
  });

  test("cut at every byte", () => {
    for (let cut = 0; cut <= whole.length; cut++) {
      const first = splitBgpStream(NOTHING, whole.slice(0, cut));
      const second = splitBgpStream(first.rest, whole.slice(cut));
      expect(hexOf([...first.messages, ...second.messages])).toEqual(messages);
      expect([second.rest.length, first.error, second.error]).toEqual([0, undefined, undefined]);
    }
  });

  test("byte by byte, whatever is in it", () => {
    fc.assert(
      fc.property(fc.array(anyBgpMessage, { maxLength: 3 }), (values) => {
        const sent = values.map((value) => encodeBgpMessage(value, { fourByteAsn: true }));
        const heard: Uint8Array[] = [];
        let rest: Uint8Array = NOTHING;
        for (const byte of joined(...sent)) {
          const frames = splitBgpStream(rest, Uint8Array.of(byte));
          heard.push(...frames.messages);
          rest = frames.rest;
        }
        expect(hexOf(heard)).toEqual(hexOf(sent));
        expect(rest.length).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});

const longest = wireMessage(`02 0000 0000 ${"00".repeat(4073)}`);

describe("a header", () => {
  test.each([
    ["marker", joined(keepalive.slice(0, 15), Uint8Array.of(0xfe), keepalive.slice(16)), 1, ""],
    ["length 18", withLength(keepalive, 18), 2, "0012"],
    ["length 4097", withLength(longest, 4097), 2, "1001"],
    ["length 65535", withLength(keepalive, 65535), 2, "ffff"],
    ["OPEN of 28", withLength(wireMessage(`01${"00".repeat(9)}`), 28), 2, "001c"],
    ["UPDATE of 22", wireMessage("02 0000 00"), 2, "0016"],
    ["NOTIFICATION of 20", wireMessage("03 06"), 2, "0014"],
    ["KEEPALIVE of 20", wireMessage("04 00"), 2, "0014"],
    ["type 0", wireMessage("00"), 3, "00"],
    ["type 6", wireMessage("06"), 3, "06"],
  ])("is refused for its %s, after the messages before it", (_what, bytes, subcode, data) => {
    const { messages, rest, error } = splitBgpStream(NOTHING, joined(update, bytes, keepalive));
    expect(hexOf(messages)).toEqual([toHex(update)]);
    expect(rest.length).toBe(0);
    expect(error?.notification).toMatchObject({ code: 1, subcode });
    expect(toHex(error?.notification.data ?? Uint8Array.of(0xee))).toBe(data);
  });

  test("is refused before its message is complete", () => {
    expect(splitBgpStream(NOTHING, withLength(update, 5000).slice(0, 19)).error?.notification.subcode).toBe(
      2,
    );
    expect(splitBgpStream(NOTHING, withLength(update, 5000).slice(0, 18)).error).toBeUndefined();
  });

  test("of the longest message there may be", () => {
    expect(longest.length).toBe(4096);
    expect(splitBgpStream(longest.slice(0, 4095), longest.slice(4095)).messages).toHaveLength(1);
  });
});

test("what is left over is no part of the piece's memory, and shorter than a message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 9000 }), (buffered, piece) => {
      const { rest } = splitBgpStream(buffered, piece);
      expect(rest.length).toBeLessThan(4096);
      expect(rest.buffer).not.toBe(piece.buffer);
    }),
  );
});

function withLength(message: Uint8Array, length: number): Uint8Array {
  const changed = message.slice();
  changed.set([length >> 8, length & 0xff], 16);
  return changed;
}
