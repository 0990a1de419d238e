import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { openDatagram } from "../../core/wire/gossip/datagram.ts";
import { captured } from "../../core/wire/gossip/testing/captured-messages.ts";
import { envelope, testKey } from "../../core/wire/gossip/testing/envelopes.ts";
import { aesGcmCipher } from "./aes-gcm-cipher.ts";

describe("AES-GCM", () => {
  test("opens what memberlist has encrypted", () => {
    const ring = envelope({ keys: [testKey], cipher: aesGcmCipher });
    expect(openDatagram(captured("encrypted-1"), ring)).toMatchObject({
      ok: true,
      value: { messages: [{ type: "ping", node: "node2" }] },
    });
  });

  test("gives back what it has sealed, and nothing when anything of it was changed", () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const key = fc.constantFrom(16, 24, 32).map((length) => new Uint8Array(length).fill(length));
    fc.assert(
      fc.property(key, bytes, bytes, fc.nat(60), (key, plain, associated, place) => {
        const nonce = aesGcmCipher.nonce();
        const sealed = aesGcmCipher.seal(key, nonce, plain, associated);
        expect(aesGcmCipher.open(key, nonce, sealed, associated)).toEqual(plain);
        expect(aesGcmCipher.open(key, nonce, sealed, Uint8Array.of(...associated, 1))).toBeUndefined();
        sealed[place % sealed.length] = (sealed[place % sealed.length] ?? 0) ^ 1;
        expect(aesGcmCipher.open(key, nonce, sealed, associated)).toBeUndefined();
      }),
    );
  });

  test("no nonce comes twice, and what is shorter than a tag is nothing", () => {
    const nonces = Array.from({ length: 100 }, () => String(aesGcmCipher.nonce()));
    expect(new Set(nonces).size).toBe(100);
    expect(
      aesGcmCipher.open(testKey, aesGcmCipher.nonce(), new Uint8Array(5), new Uint8Array()),
    ).toBeUndefined();
  });

  test("a key of no possible length is refused", () => {
    const seal = (): unknown => aesGcmCipher.seal(new Uint8Array(5), aesGcmCipher.nonce(), testKey, testKey);
    expect(seal).toThrow("a key of 5 bytes");
  });
});
