import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { guarded } from "../testing/guarded-bytes.ts";
import { toHex } from "../testing/hex.ts";
import { decodeBgpMessage, encodeBgpMessage } from "./codec.ts";
import { type BgpMessage } from "./messages.ts";
import { anyBgpMessage } from "./testing/any-message.ts";
import { wireMessage } from "./testing/wire-message.ts";

const anyOptions = fc.record({ fourByteAsn: fc.boolean() });
const options = { fourByteAsn: true };

test("what is encoded decodes to itself", () => {
  fc.assert(
    fc.property(anyBgpMessage, anyOptions, (message, codec) => {
      const bytes = encodeBgpMessage(message, codec);
      expect(bytes.length).toBeLessThanOrEqual(4096);
      expect(decodeBgpMessage(guarded(bytes), codec)).toEqual({
        ok: true,
        value: { message, repaired: undefined },
      });
    }),
    { numRuns: 500 },
  );
});

describe("bytes and values, both ways", () => {
  test.each<[string, BgpMessage]>([
    ["04", { kind: "keepalive" }],
    ["03 06 02", { kind: "notification", code: 6, subcode: 2, data: new Uint8Array(0) }],
    ["03 02 01 0004", { kind: "notification", code: 2, subcode: 1, data: Uint8Array.of(0, 4) }],
    ["05 0001 00 01", { kind: "route-refresh", family: "IPv4", subtype: "request" }],
    ["05 0002 01 01", { kind: "route-refresh", family: "IPv6", subtype: "begin" }],
    ["05 0002 02 01", { kind: "route-refresh", family: "IPv6", subtype: "end" }],
  ])("%s", (hex, message) => {
    const bytes = wireMessage(hex);
    expect(decodeBgpMessage(bytes, options)).toEqual({ ok: true, value: { message, repaired: undefined } });
    expect(toHex(encodeBgpMessage(message, options))).toBe(toHex(bytes));
  });

  test("the longest NOTIFICATION, and one byte more", () => {
    const most = (length: number): BgpMessage => ({
      kind: "notification",
      code: 3,
      subcode: 9,
      data: new Uint8Array(length),
    });
    expect(encodeBgpMessage(most(4075), options).length).toBe(4096);
    expect(() => encodeBgpMessage(most(4076), options)).toThrow(RangeError);
  });
});

describe("ROUTE-REFRESH", () => {
  test.each([
    ["of another family", "05 0019 00 46"],
    ["of a subtype to come", "05 0001 03 01"],
    ["of a subtype to come and another length", "05 0001 ff 01 0000"],
  ])("%s is ignored", (_what, hex) => {
    expect(decodeBgpMessage(wireMessage(hex), options)).toMatchObject({
      ok: true,
      value: { message: { kind: "ignored" } },
    });
  });

  test("with filters is a request for everything", () => {
    const message = { kind: "route-refresh", family: "IPv4", subtype: "request" };
    expect(decodeBgpMessage(wireMessage("05 0001 00 01 01 80 0000"), options)).toMatchObject({
      ok: true,
      value: { message },
    });
  });

  test.each(["05", "05 0001 00", "05 0001 01 01 00", "05 0001 02 01 00"])(
    "%s has a wrong length, and all of it is the data (RFC 7313, section 5)",
    (hex) => {
      const bytes = wireMessage(hex);
      const decoded = decodeBgpMessage(bytes, options);
      expect(decoded).toMatchObject({ ok: false, error: { notification: { code: 7, subcode: 1 } } });
      expect(decoded.ok ? "" : toHex(decoded.error.notification.data)).toBe(toHex(bytes));
    },
  );
});

test.each([
  ["nothing", new Uint8Array(0), "0000"],
  ["half a header", wireMessage("04").slice(0, 18), "0012"],
  ["less than a message", wireMessage("02 0000 0000").slice(0, 22), "0017"],
  ["more than a message", Uint8Array.of(...wireMessage("04"), 0), "0013"],
])("%s is no message", (_what, bytes, data) => {
  const decoded = decodeBgpMessage(guarded(bytes), options);
  expect(decoded).toMatchObject({ ok: false, error: { notification: { code: 1, subcode: 2 } } });
  expect(decoded.ok ? "" : toHex(decoded.error.notification.data)).toBe(data);
});

test("what was decoded does not change with the memory it came from", () => {
  const bytes = wireMessage("01 04 fde8 005a 0a000001 06 02 04 83 02 0102");
  const before = decodeBgpMessage(bytes, options);
  const copy = decodeBgpMessage(bytes.slice(), options);
  bytes.fill(0);
  expect(before).toEqual(copy);
});
