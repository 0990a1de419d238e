import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { guarded } from "../testing/guarded-bytes.ts";
import { decodeBgpMessage, encodeBgpMessage } from "./codec.ts";
import { describeNotification } from "./describe-notification.ts";
import { splitBgpStream } from "./framing.ts";
import { type BgpMessage } from "./messages.ts";
import { whyNotAllowed } from "./testing/allowed-notification.ts";
import { anyBgpMessage } from "./testing/any-message.ts";
import { capturedMessages, type CapturedMessage } from "./testing/captured-messages.ts";
import { damagedMessage } from "./testing/damaged-message.ts";

const captured = capturedMessages();
const peers = [...new Set(captured.map(({ peer }) => peer))];

function decoded({ bytes, scene }: CapturedMessage): BgpMessage {
  const result = decodeBgpMessage(guarded(bytes), {
    fourByteAsn: !scene.startsWith("two-byte") && !scene.startsWith("no cap"),
  });
  if (!result.ok) throw new Error(`${scene}: ${result.error.message}`);
  const { message, repaired } = result.value;
  if (repaired !== undefined || message.kind === "ignored")
    throw new Error(`${scene}: ${JSON.stringify(repaired)}`);
  return message;
}

describe.each(peers)("what %s says", (peer) => {
  const messages = captured.filter((message) => message.peer === peer).map(decoded);
  const updates = messages.filter((message) => message.kind === "update");

  test("is understood, nothing in it is a fault, and it comes back as it was", () => {
    expect(messages.length).toBeGreaterThan(10);
    for (const message of messages) {
      const again = decodeBgpMessage(encodeBgpMessage(message, { fourByteAsn: true }), { fourByteAsn: true });
      expect(again).toEqual({ ok: true, value: { message, repaired: undefined } });
    }
  });

  test("is an OPEN with its AS number and identifier, and both families", () => {
    const opens = messages.filter((message) => message.kind === "open");
    expect(opens[0]).toMatchObject({ asn: 65010, holdTimeSeconds: 90, routerId: 0xc0a80902 });
    const capabilities = opens.flatMap((open) => open.capabilities);
    for (const family of ["IPv4", "IPv6"] as const)
      expect(capabilities).toContainEqual({ kind: "multiprotocol", family });
    expect(capabilities).toContainEqual({ kind: "four-byte-asn", asn: 65010 });
  });

  test("is routes of both families, from its AS", () => {
    const families = updates.map(({ announced }) => announced[0]?.network.family);
    expect(new Set(families)).toEqual(new Set(["IPv4", "IPv6", undefined]));
    for (const { attributes } of updates)
      if (attributes !== undefined) expect(attributes.asPath).toEqual([65010]);
  });

  test("is NOTIFICATIONs that have a sentence", () => {
    const context = { direction: "received", localAsn: 65000, peerAsn: 65010, shownAsn: 65010 } as const;
    const notifications = messages.filter((message) => message.kind === "notification");
    expect(notifications.length).toBeGreaterThan(3);
    for (const notification of notifications)
      expect(describeNotification(notification, context)).not.toContain("not known here");
  });
});

const options = fc.record({ fourByteAsn: fc.boolean() });

describe("whatever comes", () => {
  const anyBytes = fc.oneof(
    { weight: 6, arbitrary: damagedMessage(captured.map(({ bytes }) => bytes)) },
    {
      weight: 3,
      arbitrary: anyBgpMessage.chain((message) =>
        damagedMessage([encodeBgpMessage(message, { fourByteAsn: true })]),
      ),
    },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  );

  test("it is never an exception, and a fault has the NOTIFICATION that the RFCs want", () => {
    fc.assert(
      fc.property(anyBytes, options, (bytes, codec) => {
        const result = decodeBgpMessage(guarded(bytes), codec);
        if (result.ok) return;
        // What is no whole message does not come from `splitBgpStream`.
        const isFramed = bytes.length >= 19 && bytes.length === (((bytes[16] ?? 0) << 8) | (bytes[17] ?? 0));
        if (isFramed) expect(whyNotAllowed(result.error.notification, bytes)).toBeUndefined();
        const sent = encodeBgpMessage(result.error.notification, codec);
        expect(sent.length).toBeLessThanOrEqual(4096);
        expect(result.error.message).toMatch(/^[^\p{Cc}]{5,200}$/u);
      }),
      { numRuns: 4000 },
    );
  });

  test("what is treated as withdrawn announces nothing, and what is understood can be said again", () => {
    fc.assert(
      fc.property(anyBytes, options, (bytes, codec) => {
        const result = decodeBgpMessage(bytes, codec);
        if (!result.ok || result.value.message.kind !== "update") return;
        const { message, repaired } = result.value;
        expect(message.announced.length > 0).toBe(message.attributes !== undefined);
        if (repaired?.how !== "treat-as-withdraw") return;
        expect(message.announced).toEqual([]);
        expect(message.withdrawn.length).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test("the stream before a fault is read, and nothing behind it", () => {
    fc.assert(
      fc.property(fc.array(anyBytes, { maxLength: 4 }), (pieces) => {
        const stream = Uint8Array.from(pieces.flatMap((piece) => [...piece]));
        const { messages, rest, error } = splitBgpStream(new Uint8Array(0), guarded(stream));
        const read = messages.reduce((sum, message) => sum + message.length, 0);
        if (error === undefined) expect(read + rest.length).toBe(stream.length);
        else expect(whyNotAllowed(error.notification, stream.subarray(read))).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });
});
