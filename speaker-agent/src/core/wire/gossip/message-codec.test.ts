import { describe, expect, test } from "@jest/globals";
import { parseIpAddress } from "@steelyard/model/address";
import fc from "fast-check";
import { encodeUtf8 } from "../utf8.ts";
import { decodeMessage, encodedSize, encodeMessage } from "./message-codec.ts";
import { type GossipMessage, type GossipVersions, OWN_VERSIONS } from "./messages.ts";
import { anyGossipMessage } from "./testing/any-message.ts";
import { captured, type CapturedMessage } from "./testing/captured-messages.ts";

const ipv4 = address("192.168.7.11");
const ipv6 = address("fd07::11");
const unsaid: GossipVersions = {
  protocol: { minimum: 0, maximum: 0, current: 0 },
  delegate: { minimum: 0, maximum: 0, current: 0 },
};
const longName = "a-node-with-a-name-of-more-than-31-bytes";

const MEANINGS: readonly (readonly [CapturedMessage, GossipMessage])[] = [
  [
    "ping",
    { type: "ping", sequence: 42, node: "node2", replyTo: { address: ipv4, port: 7946, node: "node1" } },
  ],
  ["ping-anonymous", { type: "ping", sequence: 0xffff_ffff, node: "" }],
  [
    "indirect-ping",
    {
      type: "indirect-ping",
      sequence: 300,
      target: { address: ipv6, port: 7946 },
      node: "node2",
      nack: true,
      replyTo: { address: ipv4, port: 7000, node: "node1" },
    },
  ],
  [
    "indirect-bare",
    {
      type: "indirect-ping",
      sequence: 128,
      target: { address: ipv4, port: 65535 },
      node: "node2",
      nack: false,
    },
  ],
  ["ack", { type: "ack", sequence: 42, payload: new Uint8Array() }],
  ["ack-payload", { type: "ack", sequence: 42, payload: encodeUtf8("payload") }],
  ["nack", { type: "nack", sequence: 42 }],
  ["suspect", { type: "suspect", incarnation: 70000, node: "node2", from: "node1" }],
  ["dead", { type: "dead", incarnation: 65535, node: "node1", from: "node1" }],
  ["user", { type: "user", payload: encodeUtf8("hello") }],
  [
    "alive",
    {
      type: "alive",
      incarnation: 1,
      node: "node1",
      endpoint: { address: ipv4, port: 7946 },
      meta: encodeUtf8("steelyard/1 "),
      versions: OWN_VERSIONS,
    },
  ],
  [
    "alive-long",
    {
      type: "alive",
      incarnation: 255,
      node: longName,
      endpoint: { address: ipv6, port: 1 },
      meta: encodeUtf8("metadata".repeat(64)),
      versions: OWN_VERSIONS,
    },
  ],
  [
    "alive-no-meta",
    {
      type: "alive",
      incarnation: 0,
      node: "node1",
      endpoint: { address: ipv4, port: 0 },
      meta: new Uint8Array(),
      versions: unsaid,
    },
  ],
];

describe("messages as memberlist writes them", () => {
  test.each(MEANINGS)("%s is read", (name, message) => {
    expect(decodeMessage(captured(name))).toEqual({ ok: true, value: message });
  });

  test.each(MEANINGS)("%s is written byte for byte", (name, message) => {
    expect(encodeMessage(message)).toEqual(captured(name));
  });

  test("an error, which only streams carry, is written byte for byte", () => {
    const message = "no installed keys could decrypt the message";
    expect(encodeMessage({ type: "error", message })).toEqual(captured("error"));
  });
});

describe("messages", () => {
  test("any message is read as it was written", () => {
    fc.assert(
      fc.property(anyGossipMessage, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, value: message });
      }),
    );
  });

  test("the size that is said is the size on the wire", () => {
    fc.assert(
      fc.property(anyGossipMessage, (message) => {
        expect(encodedSize(message)).toBe(encodeMessage(message).length);
      }),
    );
  });

  test("an IPv4 address in the long form is that IPv4 address", () => {
    const message = fields(4, {
      Addr: [0xb0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 168, 7, 11],
      Node: [0xa1, 0x61],
    });
    expect(decodeMessage(message)).toMatchObject({ ok: true, value: { endpoint: { address: ipv4 } } });
  });

  test("the forms of newer MessagePack are read: str8, bin8, 64-bit numbers", () => {
    const message = fields(2, {
      Payload: [0xc4, 2, 8, 9],
      SeqNo: [0xcf, 0, 0, 0, 0, 0, 0, 1, 0],
    });
    expect(decodeMessage(message)).toEqual({
      ok: true,
      value: { type: "ack", sequence: 256, payload: Uint8Array.of(8, 9) },
    });
    const named = fields(3, {
      Node: [0xd9, 1, 0x61],
      From: [0xa1, 0x62],
      Incarnation: [0xd3, 0, 0, 0, 0, 0, 0, 0, 5],
    });
    expect(decodeMessage(named)).toMatchObject({ ok: true, value: { node: "a", from: "b", incarnation: 5 } });
  });

  test("a field that a later version adds is passed over, whatever it holds", () => {
    const later = [
      0x82, 0xa1, 0x78, 0x93, 1, 0xc0, 0xd0, 0x80, 0xa1, 0x79, 0xdc, 0, 1, 0x81, 0xa1, 0x7a, 0xc3,
    ];
    expect(decodeMessage(fields(11, { Later: later, SeqNo: [7] }))).toEqual({
      ok: true,
      value: { type: "nack", sequence: 7 },
    });
  });

  test.each([
    ["nothing", Uint8Array.of(), "truncated"],
    ["a type of no datagram's message", captured("push-pull"), "foreign"],
    ["a type nobody knows", Uint8Array.of(99, 0x80), "foreign"],
    ["a message that ends early", captured("alive").subarray(0, 40), "truncated"],
    ["a message that is no map", Uint8Array.of(0, 0x93, 1, 2, 3), "malformed"],
    ["a sequence below zero", fields(11, { SeqNo: [0xff] }), "malformed"],
    ["a sequence of 33 bits", fields(11, { SeqNo: [0xcf, 0, 0, 0, 1, 0, 0, 0, 0] }), "malformed"],
    ["a name that is a number", fields(3, { Node: [7] }), "malformed"],
    ["a name that is no UTF-8", fields(3, { Node: [0xa1, 0xff] }), "malformed"],
    ["an address of five bytes", fields(4, { Addr: [0xa5, 1, 2, 3, 4, 5] }), "malformed"],
    ["no address", fields(4, { Node: [0xa1, 0x61] }), "malformed"],
    ["meta longer than 512", fields(4, { Addr: [0xa4, 1, 2, 3, 4], Meta: raw16(513) }), "malformed"],
    ["a name longer than 512", fields(3, { Node: raw16(513) }), "malformed"],
    ["lists in lists in lists", fields(11, { Later: [0x91, 0x91, 0x91, 0x91, 0x91, 0x91, 1] }), "malformed"],
    ["an extension", fields(11, { Later: [0xd4, 1, 1] }), "malformed"],
  ])("%s is refused", (_, bytes, code) => {
    expect(decodeMessage(bytes)).toMatchObject({ ok: false, error: { code } });
  });
});

function address(text: string) {
  const parsed = parseIpAddress(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

/** A message of fields whose values are given as they stand on the wire. */
function fields(type: number, values: Readonly<Record<string, readonly number[]>>): Uint8Array {
  const names = Object.keys(values);
  return Uint8Array.of(
    type,
    0x80 | names.length,
    ...names.flatMap((name) => [0xa0 | name.length, ...encodeUtf8(name), ...(values[name] ?? [])]),
  );
}

function raw16(length: number): readonly number[] {
  return [0xda, length >> 8, length & 0xff, ...new Array<number>(length).fill(0x61)];
}
