import { describe, expect, test } from "@jest/globals";
import { guarded } from "../testing/guarded-bytes.ts";
import { toHex } from "../testing/hex.ts";
import { decodeBgpMessage, encodeBgpMessage } from "./codec.ts";
import { type BgpCapability, type BgpOpenMessage } from "./messages.ts";
import { wireMessage } from "./testing/wire-message.ts";

const options = { fourByteAsn: true };
const v4: BgpCapability = { kind: "multiprotocol", family: "IPv4" };
const v6: BgpCapability = { kind: "multiprotocol", family: "IPv6" };

function open(changes: Partial<BgpOpenMessage> = {}): BgpOpenMessage {
  return {
    kind: "open",
    asn: 65000,
    holdTimeSeconds: 90,
    routerId: 0x0a000001,
    capabilities: [],
    ...changes,
  };
}

/** The head of an OPEN like `open()`, up to the length of its parameters. */
const HEAD = "01 04 fde8 005a 0a000001";

describe("bytes and values, both ways", () => {
  test.each<[string, string, BgpOpenMessage]>([
    [
      "MetalLB's own (reference metallb.md, section 5.5)",
      "01 04 fdea 005a b9ecf027 14 02 12 01 04 00 01 00 01 01 04 00 02 00 01 41 04 0000fdea",
      open({
        asn: 65002,
        routerId: 0xb9ecf027,
        capabilities: [v4, v6, { kind: "four-byte-asn", asn: 65002 }],
      }),
    ],
    [
      "a router's that knows AS numbers of two bytes (the same section)",
      "01 04 fde9 00b4 b9ecf040 0e 02 0c 01 04 00 01 00 01 02 00 40 02 00b4",
      open({
        asn: 65001,
        holdTimeSeconds: 180,
        routerId: 0xb9ecf040,
        capabilities: [
          v4,
          { kind: "route-refresh" },
          {
            kind: "graceful-restart",
            restarting: false,
            notification: false,
            restartTimeSeconds: 180,
            families: [],
          },
        ],
      }),
    ],
    ["nothing is offered", `${HEAD} 00`, open()],
    [
      "an AS number of four bytes",
      "01 04 5ba0 005a 0a000001 08 02 06 41 04 00010000",
      open({ asn: 65536, capabilities: [{ kind: "four-byte-asn", asn: 65536 }] }),
    ],
    [
      "all that we offer",
      `${HEAD} 2c 02 2a 01 04 00010001 01 04 00020001 02 00 46 00 05 06 0001 0001 0002 41 04 0000fde8 40 0a c0 78 0001 01 80 0002 01 00`,
      open({
        capabilities: [
          v4,
          v6,
          { kind: "route-refresh" },
          { kind: "enhanced-route-refresh" },
          { kind: "extended-next-hop", family: "IPv4", nextHop: "IPv6" },
          { kind: "four-byte-asn", asn: 65000 },
          {
            kind: "graceful-restart",
            restarting: true,
            notification: true,
            restartTimeSeconds: 120,
            families: [
              { family: "IPv4", forwarding: true },
              { family: "IPv6", forwarding: false },
            ],
          },
        ],
      }),
    ],
    [
      "families and capabilities that are unknown here",
      `${HEAD} 12 02 10 01 04 00190046 45 04 00010103 05 02 0102 `.replace("05 02 0102", "83 02 0102"),
      open({
        capabilities: [
          { kind: "unknown", code: 1, value: Uint8Array.of(0, 25, 0, 70) },
          { kind: "unknown", code: 69, value: Uint8Array.of(0, 1, 1, 3) },
          { kind: "unknown", code: 0x83, value: Uint8Array.of(1, 2) },
        ],
      }),
    ],
  ])("%s", (_what, hex, value) => {
    const bytes = wireMessage(hex);
    expect(decodeBgpMessage(bytes, options)).toEqual({
      ok: true,
      value: { message: value, repaired: undefined },
    });
    expect(toHex(encodeBgpMessage(value, options))).toBe(toHex(bytes));
  });
});

describe("decoded only", () => {
  test.each<[string, string, readonly BgpCapability[]]>([
    [
      "a parameter for each capability",
      `${HEAD} 0c 02 06 01 04 00010001 02 02 02 00`,
      [v4, { kind: "route-refresh" }],
    ],
    ["the long form, though it is short", `${HEAD} ff ff 0009 02 0006 01 04 00010001`, [v4]],
    // RFC 9072, section 2: whatever the short length says, if only it is not 0.
    ["the long form with another short length", `${HEAD} 01 ff 0009 02 0006 01 04 00010001`, [v4]],
    ["the long form with nothing in it", `${HEAD} ff ff 0000`, []],
    [
      "encodings of next hops, of which one is unknown here",
      `${HEAD} 16 02 14 05 12 0001 0001 0002 0001 0080 0002 0002 0001 0001`,
      [
        { kind: "extended-next-hop", family: "IPv4", nextHop: "IPv6" },
        { kind: "extended-next-hop", family: "IPv6", nextHop: "IPv4" },
      ],
    ],
    [
      "encodings of next hops, all unknown here",
      `${HEAD} 0a 02 08 05 06 0001 0080 0002`,
      [{ kind: "unknown", code: 5, value: Uint8Array.of(0, 1, 0, 0x80, 0, 2) }],
    ],
    [
      "a restart of families, of which one is unknown here",
      `${HEAD} 0e 02 0c 40 0a 0078 0001 80 80 0001 01 00`,
      [
        {
          kind: "graceful-restart",
          restarting: false,
          notification: false,
          restartTimeSeconds: 120,
          families: [{ family: "IPv4", forwarding: false }],
        },
      ],
    ],
  ])("%s", (_what, hex, capabilities) => {
    const decoded = decodeBgpMessage(wireMessage(hex), options);
    expect(decoded).toMatchObject({ ok: true, value: { message: { capabilities } } });
  });

  test("the number of four bytes counts, whatever stands in the short field", () => {
    const decoded = decodeBgpMessage(wireMessage(`${HEAD} 08 02 06 41 04 fffffffe`), options);
    expect(decoded).toMatchObject({ ok: true, value: { message: { asn: 4294967294 } } });
  });
});

describe("the length of the parameters", () => {
  const filler = (bytes: number): BgpCapability => ({
    kind: "unknown",
    code: 200,
    value: new Uint8Array(bytes),
  });

  test.each([
    [251, 0xff, 0x02],
    [252, 0xff, 0xff],
  ])("with a capability of %i bytes begins with %i, and a type %i", (size, length, type) => {
    const value = open({ capabilities: [filler(size)] });
    const bytes = encodeBgpMessage(value, options);
    expect([bytes[28], bytes[29]]).toEqual([length, type]);
    expect(decodeBgpMessage(bytes, options)).toMatchObject({ ok: true, value: { message: value } });
  });

  test("many capabilities go into the message, and one too many does not", () => {
    const most = [...Array.from({ length: 15 }, () => filler(255)), filler(204)];
    expect(encodeBgpMessage(open({ capabilities: most }), options).length).toBe(4096);
    const tooMany = [...most.slice(0, -1), filler(205)];
    expect(() => encodeBgpMessage(open({ capabilities: tooMany }), options)).toThrow(RangeError);
  });

  test("more next hop encodings than one capability holds", () => {
    const one: BgpCapability = { kind: "extended-next-hop", family: "IPv4", nextHop: "IPv6" };
    const value = open({ capabilities: Array.from({ length: 43 }, () => one) });
    expect(decodeBgpMessage(encodeBgpMessage(value, options), options)).toMatchObject({
      ok: true,
      value: { message: value },
    });
  });
});

describe("refused", () => {
  test.each([
    ["version 3", "01 03 fde8 005a 0a000001 00", 1, "0004"],
    ["version 5", "01 05 fde8 005a 0a000001 00", 1, "0004"],
    ["AS 0", "01 04 0000 005a 0a000001 00", 2, ""],
    ["AS 0 in the capability", `${HEAD} 08 02 06 41 04 00000000`, 2, ""],
    ["router ID 0", "01 04 fde8 005a 00000000 00", 3, ""],
    ["parameter 1", `${HEAD} 03 01 01 00`, 4, ""],
    ["parameter 1 in the long form", `${HEAD} ff ff 0004 01 0001 00`, 4, ""],
    ["hold time 1", "01 04 fde8 0001 0a000001 00", 6, ""],
    ["hold time 2", "01 04 fde8 0002 0a000001 00", 6, ""],
    ["parameters shorter than said", `${HEAD} 03 02 00`, 0, ""],
    ["parameters longer than said", `${HEAD} 00 02 00`, 0, ""],
    ["a parameter longer than all of them", `${HEAD} 04 02 03 0200`, 0, ""],
    ["no parameter at all, though some are said to be there", `${HEAD} 3a`, 0, ""],
    ["a parameter without a length", `${HEAD} 01 02`, 0, ""],
    [
      "the long form after a short length of 0 (RFC 9072, section 2)",
      `${HEAD} 00 ff 0009 02 0006 01 04 00010001`,
      0,
      "",
    ],
    ["the long form cut short", `${HEAD} ff ff 00`, 0, ""],
    ["a long length that is wrong", `${HEAD} ff ff 0004 02 0002 02 00`, 0, ""],
    ["a capability longer than its parameter", `${HEAD} 04 02 02 02 01`, 0, ""],
    ["a capability without a length", `${HEAD} 03 02 01 02`, 0, ""],
    ["a family of three bytes", `${HEAD} 07 02 05 01 03 000100`, 0, ""],
    ["a route refresh with a value", `${HEAD} 05 02 03 02 01 00`, 0, ""],
    ["an AS number of two bytes", `${HEAD} 06 02 04 41 02 fde8`, 0, ""],
    ["a next hop encoding cut short", `${HEAD} 09 02 07 05 05 0001000100`, 0, ""],
    ["a restart of half a family", `${HEAD} 08 02 06 40 04 0078 0001`, 0, ""],
  ])("%s", (_what, hex, subcode, data) => {
    const decoded = decodeBgpMessage(guarded(wireMessage(hex)), options);
    expect(decoded).toMatchObject({ ok: false, error: { notification: { code: 2, subcode } } });
    expect(decoded.ok ? "" : toHex(decoded.error.notification.data)).toBe(data);
  });
});
