import { X509Certificate, createPrivateKey } from "node:crypto";
import { expect, test } from "@jest/globals";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

test("a certificate for names and addresses that verifies itself", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const { key, certificate } = selfSignedCertificate(["localhost", "127.0.0.1", "::1"], now);
  const parsed = new X509Certificate(certificate);
  expect(parsed.subject).toBe("CN=steelyard-api-server");
  expect(parsed.subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(parsed.verify(parsed.publicKey)).toBe(true);
  expect(parsed.ca).toBe(true);
  expect([Date.parse(parsed.validFrom), Date.parse(parsed.validTo)]).toEqual([
    now - 3_600_000,
    now + 86_400_000,
  ]);
});
