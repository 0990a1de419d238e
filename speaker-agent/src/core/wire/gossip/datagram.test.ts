import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { encodeUtf8 } from "../utf8.ts";
import { guarded } from "../testing/guarded-bytes.ts";
import { packMessages } from "./compound.ts";
import { compressPayload } from "./compression.ts";
import { messageBudget, openDatagram, sealDatagram } from "./datagram.ts";
import { type GossipEnvelope } from "./envelope.ts";
import { encodeMessage } from "./message-codec.ts";
import { type GossipMessage } from "./messages.ts";
import { anyGossipMessage } from "./testing/any-message.ts";
import { captured, type CapturedMessage, capturedMessages } from "./testing/captured-messages.ts";
import { damaged } from "./testing/damaged.ts";
import { envelope, testCipher, testKey } from "./testing/envelopes.ts";

const blue = encodeUtf8("blue");
const otherKey = new Uint8Array(32).fill(8);

const anyEnvelope = fc
  .record({
    label: fc.constantFrom(new Uint8Array(), blue),
    keys: fc.constantFrom([], [testKey], [otherKey, testKey]),
    encryptionVersion: fc.constantFrom(0 as const, 1 as const),
    compress: fc.boolean(),
    verifyOutgoing: fc.boolean(),
  })
  // Who does not encrypt cannot demand that others do.
  .map((changes) => envelope({ ...changes, verifyIncoming: changes.verifyOutgoing }));

describe("datagrams as memberlist writes them", () => {
  test("a compound", () => {
    const messages = [message("ping"), message("suspect")];
    expect(opened(captured("compound"))).toEqual(messages);
    const [payload, ...more] = packMessages(messages.map(encodeMessage), 1400);
    expect(payload).toEqual(captured("compound"));
    expect(more).toEqual([]);
  });

  test("a label", () => {
    expect(opened(captured("label"), { label: blue })).toEqual([message("ping")]);
    expect(sealed("ping", { label: blue })).toEqual(captured("label"));
  });

  test.each([
    ["encrypted-0", { encryptionVersion: 0 }],
    ["encrypted-1", { encryptionVersion: 1 }],
    ["encrypted-label", { label: blue }],
  ] as const)("%s", (name, changes) => {
    const bytes = captured(name);
    const nonceAt = "label" in changes ? 2 + blue.length + 1 : 1;
    const cipher = testCipher([bytes.slice(nonceAt, nonceAt + 12)]);
    expect(opened(bytes, { keys: [testKey], ...changes })).toEqual([message("ping")]);
    expect(sealed("ping", { keys: [testKey], cipher, ...changes })).toEqual(bytes);
  });
});

describe("datagrams", () => {
  test("messages come back, however they are wrapped, and no datagram is longer than it may be", () => {
    fc.assert(
      fc.property(
        fc.array(anyGossipMessage, { maxLength: 30 }),
        anyEnvelope,
        fc.boolean(),
        (messages, ring, checksum) => {
          const limit = 1400;
          const encoded = messages.map(encodeMessage);
          const datagrams = packMessages(encoded, messageBudget(limit, ring)).map((payload) =>
            sealDatagram(payload, ring, checksum),
          );
          const back = datagrams.flatMap((datagram) => openedIn(datagram, ring));
          expect(back).toEqual(messages);
          const longest = Math.max(0, ...encoded.map((bytes) => bytes.length));
          // memberlist counts everything but the checksum.
          const most = Math.max(limit, longest + limit - messageBudget(limit, ring)) + 5;
          for (const datagram of datagrams) expect(datagram.length).toBeLessThanOrEqual(most);
        },
      ),
    );
  });

  test("more than 255 messages make two compounds", () => {
    const nacks = Array.from({ length: 256 }, (): GossipMessage => ({ type: "nack", sequence: 1 }));
    const payloads = packMessages(nacks.map(encodeMessage), 65_000);
    expect(payloads.map((payload) => openedIn(payload, envelope()).length)).toEqual([255, 1]);
  });

  test("any key of the ring opens, the first encrypts", () => {
    const written = sealed("ping", { keys: [otherKey, testKey] });
    expect(opened(written, { keys: [testKey, otherKey] })).toEqual([message("ping")]);
    expect(refusal(written, { keys: [testKey] })).toMatchObject({ code: "foreign" });
  });

  test("a plain datagram is refused where there are keys, unless the ring is just beginning to encrypt", () => {
    expect(refusal(captured("ping"), { keys: [testKey] })).toMatchObject({ code: "foreign" });
    expect(opened(captured("ping"), { keys: [testKey], verifyIncoming: false })).toEqual([message("ping")]);
  });

  test("another label, none, or one too many is refused, and so is a label that encryption does not confirm", () => {
    expect(refusal(captured("label"), { label: encodeUtf8("grey") })).toMatchObject({ code: "foreign" });
    expect(refusal(captured("ping"), { label: blue })).toMatchObject({ code: "foreign" });
    expect(refusal(captured("label"), {})).toMatchObject({ code: "foreign" });
    const relabelled = captured("encrypted-label");
    relabelled.set(encodeUtf8("grey"), 2);
    expect(refusal(relabelled, { label: encodeUtf8("grey"), keys: [testKey] })).toMatchObject({
      code: "foreign",
    });
  });

  test("a damaged datagram is told by its checksum", () => {
    const bytes = sealDatagram(captured("ping"), envelope(), true);
    expect(opened(bytes)).toEqual([message("ping")]);
    bytes[20] = 0xff;
    expect(refusal(bytes)).toMatchObject({ code: "checksum" });
  });

  test("one part that cannot be read spoils no other", () => {
    const [payload = new Uint8Array()] = packMessages(
      [captured("ack"), Uint8Array.of(99), captured("nack")],
      1400,
    );
    expect(openDatagram(payload, envelope())).toMatchObject({
      ok: true,
      value: { messages: [message("ack"), message("nack")], faults: [{ code: "foreign" }] },
    });
    const cut = captured("compound").subarray(0, -1);
    expect(opened(cut)).toEqual([message("ping")]);
  });

  test("compressed parts together have a limit, and nesting has one", () => {
    const large = compressPayload(encodeMessage({ type: "user", payload: new Uint8Array(60_000) }));
    const [bombs = new Uint8Array()] = packMessages(new Array<Uint8Array>(10).fill(large), 65_000);
    const opening = openDatagram(bombs, envelope());
    expect(opening.ok && [opening.value.messages.length, opening.value.faults.length]).toEqual([4, 6]);
    let nested = captured("ping");
    for (let depth = 0; depth < 5; depth++) nested = compressPayload(nested);
    expect(opened(nested)).toEqual([]);
  });

  test("never throw and never read past the end, whatever arrives", () => {
    const names = Object.keys(capturedMessages) as CapturedMessage[];
    const rings = [envelope(), envelope({ keys: [testKey] }), envelope({ label: blue })];
    fc.assert(
      fc.property(
        fc.oneof(fc.uint8Array({ maxLength: 100 }), damaged(names.map(captured))),
        fc.constantFrom(...rings),
        (bytes, ring) => {
          expect(() => openDatagram(guarded(bytes), ring)).not.toThrow();
        },
      ),
      { numRuns: 2000 },
    );
  });
});

/** What a captured message of a plain ring says. */
function message(name: CapturedMessage): GossipMessage {
  const [only] = opened(captured(name));
  if (only === undefined) throw new Error(name);
  return only;
}

function opened(bytes: Uint8Array, changes: Partial<GossipEnvelope> = {}): readonly GossipMessage[] {
  return openedIn(bytes, envelope(changes));
}

function openedIn(bytes: Uint8Array, ring: GossipEnvelope): readonly GossipMessage[] {
  const opening = openDatagram(bytes, ring);
  if (!opening.ok) throw new Error(opening.error.message);
  return opening.value.messages;
}

function sealed(name: CapturedMessage, changes: Partial<GossipEnvelope>): Uint8Array {
  return sealDatagram(captured(name), envelope(changes), false);
}

function refusal(bytes: Uint8Array, changes: Partial<GossipEnvelope> = {}): unknown {
  const opening = openDatagram(bytes, envelope(changes));
  return opening.ok ? undefined : opening.error;
}
