import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { ipAddressToBytes, parseIpAddress } from "@steelyard/model/address";
import {
  bitString,
  der,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  utcTime,
  utf8String,
  yes,
} from "./der.ts";

/** PEM texts. The certificate is its own authority. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly certificate: string;
}

const ecdsaWithSha256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const commonName = objectIdentifier("2.5.4.3");
const subjectAlternativeName = objectIdentifier("2.5.29.17");
const basicConstraints = objectIdentifier("2.5.29.19");
const oneDay = 86_400_000;

/**
 * A fresh P-256 key and an X.509 certificate for the given names and addresses, valid from an hour before `nowMillis`
 * for a day: for one run of a test server, with no tool on the machine needed (RFC 5280, section 4.1).
 */
export function selfSignedCertificate(names: readonly string[], nowMillis: number): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const subject = sequence(setOf(sequence(commonName, utf8String("steelyard-api-server"))));
  const validity = sequence(utcTime(nowMillis - oneDay / 24), utcTime(nowMillis + oneDay));
  const toBeSigned = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(randomBytes(16)),
    ecdsaWithSha256,
    subject,
    validity,
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(alternativeNames(names), authority())),
  );
  const signature = sign("sha256", toBeSigned, privateKey);
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: pem(sequence(toBeSigned, ecdsaWithSha256, bitString(signature))),
  };
}

/** Clients trust the certificate itself, so it says that it is an authority. */
function authority(): Buffer {
  return sequence(basicConstraints, yes, octetString(sequence(yes)));
}

function alternativeNames(names: readonly string[]): Buffer {
  return sequence(subjectAlternativeName, octetString(sequence(...names.map(generalName))));
}

/** An address is given by its bytes, a name by its text (RFC 5280, section 4.2.1.6). */
function generalName(name: string): Buffer {
  const address = parseIpAddress(name);
  return address.ok ? der(0x87, ipAddressToBytes(address.value)) : der(0x82, Buffer.from(name));
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
