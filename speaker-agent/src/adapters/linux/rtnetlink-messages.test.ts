import { describe, expect, test } from "@jest/globals";
import { formatIpAddress } from "@steelyard/model/address";
import fc from "fast-check";
import { decodeRtnetlink, encodeDumpRequest } from "./rtnetlink-messages.ts";
import * as captured from "./testing/captured-rtnetlink.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const decode = (hex: string) => decodeRtnetlink(bytesOf(hex));

describe("rtnetlink messages of a real kernel", () => {
  test("a link that is a port of a bridge", () => {
    expect(decode(captured.PORT_OF_BRIDGE)).toEqual({
      envelopes: [
        {
          sequence: 7,
          interrupted: false,
          message: {
            kind: "link",
            link: {
              index: 3,
              name: "v0",
              type: "veth",
              mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
              running: true,
              broadcast: true,
              multicast: true,
              noArp: false,
              loopback: false,
              master: 4,
            },
          },
        },
      ],
      problems: [],
    });
  });

  test("a port that leaves its bridge is not a link that is gone", () => {
    expect(decode(captured.LEFT_BRIDGE)).toEqual({ envelopes: [], problems: [] });
  });

  test.each([
    ["address", captured.POINT_TO_POINT_ADDED],
    ["address-gone", captured.POINT_TO_POINT_REMOVED],
  ])("%s on a point-to-point link is our end, not the peer's", (kind, hex) => {
    const [envelope] = decode(hex).envelopes;
    expect(envelope?.message).toMatchObject({ kind, index: 4, prefixLength: 32 });
    expect(addressIn(envelope?.message)).toBe("10.9.0.1");
  });

  test("several messages in one datagram", () => {
    const { envelopes, problems } = decode(captured.TWO_ADDRESSES);
    expect(envelopes.map(({ message }) => addressIn(message))).toEqual(["192.0.2.1", "fd00::1"]);
    expect(problems).toEqual([]);
  });

  test("the end of a dump", () => {
    expect(decode(captured.DONE).envelopes).toEqual([
      { sequence: 7, interrupted: false, message: { kind: "done", errno: 0 } },
    ]);
  });

  test("NLM_F_DUMP_INTR marks a dump that is not of one piece", () => {
    const bytes = bytesOf(captured.DONE);
    bytes[6] = 0x12;
    expect(decodeRtnetlink(bytes).envelopes).toMatchObject([{ interrupted: true }]);
  });

  test("a refusal carries the positive errno", () => {
    // NLMSG_ERROR -16 (EBUSY), then the header of the refused request.
    const refusal = "24000000020000000900000000000000" + "f0ffffff" + "14000000120001030900000000000000";
    expect(decode(refusal).envelopes).toMatchObject([{ sequence: 9, message: { kind: "done", errno: 16 } }]);
  });
});

describe("what makes no sense", () => {
  test("a cut message is a problem, and the messages before it count", () => {
    const whole = bytesOf(captured.TWO_ADDRESSES);
    const { envelopes, problems } = decodeRtnetlink(whole.subarray(0, whole.length - 4));
    expect(envelopes).toHaveLength(1);
    expect(problems).toEqual(["rtnetlink message: Invalid header length (72)"]);
  });

  test("a message with a broken attribute does not hide the one after it", () => {
    const bytes = bytesOf(captured.TWO_ADDRESSES);
    bytes[24] = 0xff; // the first attribute claims to be longer than its message
    const { envelopes, problems } = decodeRtnetlink(bytes);
    expect(envelopes.map(({ message }) => addressIn(message))).toEqual(["fd00::1"]);
    expect(problems).toEqual(["rtnetlink message of type 20: Invalid attribute length (255)"]);
  });

  test("an attribute nobody here reads may have any shape", () => {
    const bytes = bytesOf(captured.PORT_OF_BRIDGE);
    const txqlen = Buffer.from(bytes).indexOf(Buffer.from("08000d00", "hex"));
    bytes.fill(0xff, txqlen + 4, txqlen + 8);
    expect(decodeRtnetlink(bytes)).toMatchObject({
      envelopes: [{ message: { kind: "link" } }],
      problems: [],
    });
  });

  test("arbitrary bytes never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        decodeRtnetlink(bytes);
      }),
    );
  });

  test("arbitrary bytes behind a plausible header never throw and are never read past their end", () => {
    const type = fc.constantFrom(2, 3, 16, 17, 20, 21);
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 200 }), (type, body) => {
        const message = new Uint8Array(16 + body.length + 64).fill(0xaa);
        new DataView(message.buffer).setUint32(0, 16 + body.length, true);
        message[4] = type;
        message[5] = 0;
        message.set(body, 16);
        const alone = decodeRtnetlink(message.slice(0, 16 + body.length));
        const amidst = decodeRtnetlink(message.subarray(0, 16 + body.length));
        expect(amidst).toEqual(alone);
      }),
    );
  });

  test.each(Object.entries(captured))("%s, cut or changed anywhere, never throws", (_name, hex) => {
    const whole = bytesOf(hex);
    for (let length = 0; length <= whole.length; length++) decodeRtnetlink(whole.slice(0, length));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const changed = whole.slice();
        changed[at] = value;
        decodeRtnetlink(changed);
      }),
    );
  });
});

test("a request for a dump is what iproute2 would send", () => {
  expect(Buffer.from(encodeDumpRequest("addresses", 5)).toString("hex")).toBe(
    "18000000" + "1600" + "0103" + "05000000" + "00000000" + "0000000000000000",
  );
  expect(Buffer.from(encodeDumpRequest("links", 6)).toString("hex")).toBe(
    "28000000" + "1200" + "0103" + "06000000" + "00000000" + "00".repeat(16) + "08001d0008000000",
  );
});

function addressIn(message: object | undefined): string | undefined {
  return message !== undefined && "address" in message
    ? formatIpAddress(message.address as Parameters<typeof formatIpAddress>[0])
    : undefined;
}
