import { describe, expect, test } from "@jest/globals";
import { ipAddress } from "@steelyard/model/address";
import fc from "fast-check";
import { encodeUtf8 } from "../utf8.ts";
import { guarded } from "../testing/guarded-bytes.ts";
import { compressPayload } from "./compression.ts";
import { type GossipEnvelope } from "./envelope.ts";
import { OWN_VERSIONS, type StreamMessage } from "./messages.ts";
import { encodeStream, encodeStreamReply, StreamDecoder } from "./stream-codec.ts";
import { anyStreamMessage } from "./testing/any-message.ts";
import { captured } from "./testing/captured-messages.ts";
import { damaged } from "./testing/damaged.ts";
import { envelope, testKey } from "./testing/envelopes.ts";

const blue = encodeUtf8("blue");

const TABLE: StreamMessage = {
  type: "push-pull",
  join: true,
  nodes: [
    {
      node: "node1",
      endpoint: { address: ipAddress("IPv4", 0xc0a8_070bn), port: 7946 },
      meta: encodeUtf8("meta"),
      incarnation: 3,
      state: "alive",
      versions: OWN_VERSIONS,
    },
    {
      node: "node2",
      endpoint: { address: ipAddress("IPv6", (0xfd07n << 112n) | 0x11n), port: 7946 },
      meta: new Uint8Array(),
      incarnation: 4,
      state: "left",
      versions: OWN_VERSIONS,
    },
  ],
  userState: encodeUtf8("state"),
};

const anyEnvelope = fc
  .record({
    label: fc.constantFrom(new Uint8Array(), blue),
    keys: fc.constantFrom([], [testKey]),
    encryptionVersion: fc.constantFrom(0 as const, 1 as const),
    compress: fc.boolean(),
  })
  .map(envelope);

describe("streams as memberlist writes them", () => {
  test("a table", () => {
    expect(decoded(captured("push-pull"))).toEqual(TABLE);
    expect(encodeStream(TABLE, envelope())).toEqual(captured("push-pull"));
  });

  test("a user message", () => {
    const message: StreamMessage = { type: "user", payload: encodeUtf8("hello") };
    expect(decoded(captured("user-stream"))).toEqual(message);
    expect(encodeStream(message, envelope())).toEqual(captured("user-stream"));
  });

  test("an error and a ping are those of datagrams", () => {
    expect(decoded(captured("error"))).toEqual({
      type: "error",
      message: "no installed keys could decrypt the message",
    });
    expect(decoded(captured("ping"))).toMatchObject({ type: "ping", sequence: 42 });
  });
});

describe("streams", () => {
  test("a message comes back, however it is wrapped and cut into pieces, and not before its last byte", () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(anyStreamMessage, anyEnvelope, pieces, (message, ring, lengths) => {
        const bytes = encodeStream(message, ring);
        const decoder = new StreamDecoder(ring, true);
        let offset = 0;
        for (let index = 0; offset < bytes.length; index++) {
          const end = offset + (lengths[index % lengths.length] ?? 1);
          const result = decoder.push(bytes.subarray(offset, end));
          offset = end;
          expect(result).toEqual({ ok: true, value: end >= bytes.length ? message : undefined });
        }
      }),
    );
  });

  test("the side that was connected to writes no label", () => {
    const ring = envelope({ label: blue, keys: [testKey] });
    const bytes = encodeStreamReply(TABLE, ring);
    expect(new StreamDecoder(ring, false).push(bytes)).toEqual({ ok: true, value: TABLE });
    expect(new StreamDecoder(ring, true).push(bytes)).toMatchObject({
      ok: false,
      error: { code: "foreign" },
    });
  });

  test.each([
    ["another label", { label: encodeUtf8("grey"), keys: [testKey] }, "foreign"],
    ["another key", { label: blue, keys: [new Uint8Array(32)] }, "foreign"],
    ["no key", { label: blue, keys: [] }, "foreign"],
  ] as const)("%s does not read it", (_, changes, code) => {
    const bytes = encodeStream(TABLE, envelope({ label: blue, keys: [testKey] }));
    expect(refusal(bytes, changes)).toMatchObject({ code });
  });

  test("a plain stream is refused where there are keys, at its first byte", () => {
    expect(refusal(captured("push-pull").subarray(0, 1), { keys: [testKey] })).toMatchObject({
      code: "foreign",
    });
    expect(decoded(captured("push-pull"), { keys: [testKey], verifyIncoming: false })).toEqual(TABLE);
  });

  test("lengths beyond the limit are refused before anything of that length has come", () => {
    const encrypted = Uint8Array.of(10, 0x7f, 0xff, 0xff, 0xff);
    expect(refusal(encrypted, { keys: [testKey] })).toMatchObject({ code: "malformed" });
    const user = Uint8Array.of(8, 0x81, 0xaa, ...encodeUtf8("UserMsgLen"), 0xce, 0x7f, 0xff, 0xff, 0xff);
    expect(refusal(user)).toMatchObject({ code: "malformed" });
    const table = Uint8Array.of(6, 0x81, 0xa5, ...encodeUtf8("Nodes"), 0xce, 0x7f, 0xff, 0xff, 0xff);
    expect(refusal(table)).toMatchObject({ code: "malformed" });
  });

  test("more pieces than the longest stream has are refused", () => {
    const decoder = new StreamDecoder(envelope(), true);
    const begin = Uint8Array.of(8, 0x81, 0xaa, ...encodeUtf8("UserMsgLen"), 0xce, 0x01, 0x40, 0, 0);
    expect(decoder.push(begin)).toEqual({ ok: true, value: undefined });
    expect(decoder.push(new Uint8Array(20 << 20))).toMatchObject({ ok: false, error: { code: "malformed" } });
  });

  test("what is cut short inside an envelope is refused at once: waiting does not help", () => {
    const compressedCut = compressPayload(captured("push-pull").subarray(0, 60));
    expect(refusal(compressedCut)).toMatchObject({ code: "malformed" });
    const emptied = encodeStream({ type: "user", payload: new Uint8Array() }, envelope({ keys: [testKey] }));
    const tooShort = Uint8Array.of(10, 0, 0, 0, 5, ...emptied.subarray(5, 10));
    expect(refusal(tooShort, { keys: [testKey] })).toMatchObject({ code: "malformed" });
  });

  test("never throw and never read past the end, whatever arrives", () => {
    const samples = [
      captured("push-pull"),
      captured("user-stream"),
      captured("compressed-text"),
      encodeStream(TABLE, envelope({ keys: [testKey] })),
      encodeStream(TABLE, envelope({ compress: true })),
    ];
    const rings = [envelope(), envelope({ keys: [testKey] }), envelope({ label: blue })];
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 100 }), damaged(samples)),
        fc.constantFrom(...rings),
        (bytes, ring) => {
          expect(() => new StreamDecoder(ring, true).push(guarded(bytes))).not.toThrow();
        },
      ),
      { numRuns: 2000 },
    );
  });
});

function decoded(bytes: Uint8Array, changes: Partial<GossipEnvelope> = {}): StreamMessage | undefined {
  const result = new StreamDecoder(envelope(changes), true).push(bytes);
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function refusal(bytes: Uint8Array, changes: Partial<GossipEnvelope> = {}): unknown {
  const result = new StreamDecoder(envelope(changes), true).push(bytes);
  return result.ok ? undefined : result.error;
}
