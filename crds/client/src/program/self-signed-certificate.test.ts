import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "@jest/globals";
import { selfSignedCertificate } from "./self-signed-certificate.ts";

const made = (now = "2026-11-30T22:00:00.000000Z"): X509Certificate =>
  new X509Certificate(selfSignedCertificate("steelyard-metrics", now).cert);

test("OpenSSL reads it: its names, its purpose and its time", () => {
  const { cert, key } = selfSignedCertificate("steelyard-metrics", "2026-11-30T22:00:00.000000Z");
  const certificate = new X509Certificate(cert);
  expect(certificate).toMatchObject({
    subject: "CN=steelyard-metrics",
    issuer: "CN=steelyard-metrics",
    subjectAltName: "DNS:localhost, IP Address:127.0.0.1",
    keyUsage: ["1.3.6.1.5.5.7.3.1"],
    ca: false,
    validFrom: "Nov 30 21:00:00 2026 GMT",
    validTo: "Nov 27 22:00:00 2036 GMT",
  });
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
});

test("a time after 2049 is written with four digits for the year", () => {
  expect(made("2049-06-01T00:00:00Z").validTo).toBe("May 30 00:00:00 2059 GMT");
});

test("serial numbers and keys differ, and no length of a signature spoils the encoding", () => {
  // The two halves of an ECDSA signature are 31 to 33 bytes long, by chance.
  const many = Array.from({ length: 50 }, () => made());
  expect(new Set(many.map(({ serialNumber }) => serialNumber)).size).toBe(50);
  for (const certificate of many) expect(certificate.verify(certificate.publicKey)).toBe(true);
});
