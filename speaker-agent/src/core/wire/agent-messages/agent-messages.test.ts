import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { ip } from "../testing/ip.ts";
import { batchClaims, batchHandOver, encodeFittingCapability, MOST_MESSAGE_BYTES } from "./batch.ts";
import { decodeAgentMessage, decodeAgentState } from "./decode.ts";
import { encodeAgentMessage, encodeAgentState } from "./encode.ts";
import { type AgentMessage } from "./messages.ts";
import { decodeNodeMeta, encodeNodeMeta } from "./node-meta.ts";
import { anyCapability, anyClaim, anyHandOver, anyMessage } from "./testing/any-message.ts";

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

const claims: AgentMessage = {
  kind: "claims",
  witnessed: false,
  claims: [
    { address: ip("192.0.2.10"), epoch: 1, node: "a" },
    { address: ip("2001:db8::10"), epoch: 300, node: "b" },
  ],
};

describe("one message", () => {
  test("its bytes", () => {
    expect([...encodeAgentMessage(claims)]).toEqual([
      ...[0x53, 0x59, 1, 1],
      ...[0, 2, 1, 0x61, 1, 0x62],
      ...[2, 0, 192, 0, 2, 10, 1],
      ...[3, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0xac, 2],
    ]);
  });

  test("is read back, whatever follows it", () => {
    fc.assert(
      fc.property(anyMessage, fc.uint8Array({ maxLength: 8 }), (message, more) => {
        const bytes = new Uint8Array([...encodeAgentMessage(message), ...more]);
        expect(decodeAgentMessage(bytes)).toEqual({ ok: true, value: message });
      }),
    );
  });

  test("cut short anywhere is malformed or foreign, and never throws", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), (message, at) => {
        const bytes = encodeAgentMessage(message);
        expect(decodeAgentMessage(bytes.subarray(0, at % bytes.length)).ok).toBe(false);
      }),
    );
  });

  test("never throws, with any byte changed", () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat(255), (message, at, byte) => {
        const bytes = encodeAgentMessage(message);
        bytes[at % bytes.length] = byte;
        decodeAgentMessage(bytes);
        decodeAgentState(bytes);
      }),
    );
  });

  test.each<[string, Uint8Array, string]>([
    ["nothing", ascii(""), "foreign"],
    ["another program's message", ascii("hello"), "foreign"],
    ["a newer version", new Uint8Array([0x53, 0x59, 2, 1, 0, 0, 0]), "foreign"],
    ["a newer kind", new Uint8Array([0x53, 0x59, 1, 9, 0, 0, 0]), "foreign"],
    [
      "a node that is not in its table",
      new Uint8Array([0x53, 0x59, 1, 1, 0, 0, 1, 0, 1, 2, 3, 4, 1]),
      "malformed",
    ],
    ["an epoch of more than 48 bits", endlessEpoch(), "malformed"],
    ["a name with a space", new Uint8Array([0x53, 0x59, 1, 1, 0, 1, 1, 0x20, 0]), "malformed"],
  ])("%s", (_name, bytes, code) => {
    expect(decodeAgentMessage(bytes)).toMatchObject({ ok: false, error: { code } });
  });
});

function endlessEpoch(): Uint8Array {
  return new Uint8Array([...encodeAgentMessage(claims).subarray(0, 16), ...new Uint8Array(12).fill(0xff)]);
}

describe("messages in one piece", () => {
  test("are read back", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 4 }), (messages) => {
        const decoded = decodeAgentState(encodeAgentState(messages));
        expect(decoded).toEqual({ ok: true, value: { messages, ignored: 0 } });
      }),
    );
  });

  test("a newer kind among them is left out and counted", () => {
    const newer = new Uint8Array([0x53, 0x59, 1, 9]);
    const bytes = new Uint8Array([...encodeAgentState([claims]), 0, 0, 0, newer.length, ...newer]);
    expect(decodeAgentState(bytes)).toEqual({ ok: true, value: { messages: [claims], ignored: 1 } });
  });

  test("never throws", () => {
    const head = [0x53, 0x59, 1, 4];
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => void decodeAgentState(new Uint8Array([...head, ...bytes]))),
    );
  });
});

describe("messages to everybody fit a datagram", () => {
  const read = (batches: readonly Uint8Array[]): readonly AgentMessage[] =>
    batches.map((bytes) => {
      expect(bytes.length).toBeLessThanOrEqual(MOST_MESSAGE_BYTES);
      const message = decodeAgentMessage(bytes);
      if (!message.ok) throw new Error(message.error.message);
      return message.value;
    });

  test("claims, in order and none lost", () => {
    fc.assert(
      fc.property(fc.array(anyClaim, { maxLength: 300 }), fc.boolean(), (list, witnessed) => {
        const messages = read(batchClaims(list, witnessed));
        expect(messages.flatMap((each) => (each.kind === "claims" ? each.claims : []))).toEqual(list);
        expect(messages.every((each) => each.kind === "claims" && each.witnessed === witnessed)).toBe(true);
      }),
    );
  });

  test("claims of one node take few bytes", () => {
    const list = Array.from({ length: 140 }, (_, index) => ({
      address: ip(`192.0.2.${index}`),
      epoch: 1,
      node: "node-1",
    }));
    expect(batchClaims(list, false)).toHaveLength(1);
  });

  test("hand-overs", () => {
    fc.assert(
      fc.property(anyHandOver, fc.integer({ min: 1, max: 20 }), (handOver, times) => {
        const addresses = Array.from({ length: times }, () => handOver.addresses).flat();
        const messages = read(batchHandOver({ ...handOver, addresses }));
        expect(messages.flatMap((each) => (each.kind === "hand-over" ? each.addresses : []))).toEqual(
          addresses,
        );
      }),
    );
  });

  test("a capability loses its least relevant links, and says so", () => {
    fc.assert(
      fc.property(anyCapability, (message) => {
        const [read1] = read([encodeFittingCapability(message)]);
        if (read1?.kind !== "capability") throw new Error("another kind");
        const { links, complete } = read1.capability;
        expect(links).toEqual(message.capability.links.slice(0, links.length));
        expect(complete).toBe(
          message.capability.complete && links.length === message.capability.links.length,
        );
      }),
    );
  });
});

describe("the meta of a node", () => {
  test.each<[string, ReturnType<typeof decodeNodeMeta>]>([
    ["steelyard/1 1796056800123", { startedAt: 1796056800123 }],
    ["steelyard/1 5 and-more", { startedAt: 5 }],
    ["steelyard/1 soon", { startedAt: 0 }],
    ["steelyard/1", undefined],
    ["steelyard/2 5", undefined],
    ["", undefined],
  ])("%p", (text, expected) => {
    expect(decodeNodeMeta(ascii(text))).toEqual(expected);
  });

  test("is read back", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999_999_999 }), (startedAt) => {
        expect(decodeNodeMeta(encodeNodeMeta({ startedAt }))).toEqual({ startedAt });
      }),
    );
  });

  test("never throws", () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeNodeMeta(bytes)));
  });
});
