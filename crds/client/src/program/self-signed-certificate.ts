import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate and its key, both PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

const oid = {
  ecdsaWithSha256: [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02],
  commonName: [0x55, 0x04, 0x03],
  keyUsage: [0x55, 0x1d, 0x0f],
  subjectAltName: [0x55, 0x1d, 0x11],
  extKeyUsage: [0x55, 0x1d, 0x25],
  serverAuth: [0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01],
} as const;

/** For a clock of the other side that is a little behind. */
const hour = 3_600_000;
const tenYears = 3650 * 24 * hour;

/**
 * A new key (P-256) and a certificate that it signed itself (RFC 5280), for `localhost` and 127.0.0.1. Node can read
 * certificates but not write one.
 *
 * @param now RFC 3339; valid from an hour before, for ten years
 */
export function selfSignedCertificate(name: string, now: string): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const at = Date.parse(now);
  const content = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    serialNumber(),
    algorithm(),
    distinguishedName(name),
    sequence(time(at - hour), time(at + tenYears)),
    distinguishedName(name),
    publicKey.export({ type: "spki", format: "der" }),
    tagged(0xa3, extensions()),
  );
  const certificate = sequence(content, algorithm(), bitString(sign("sha256", content, privateKey)));
  return {
    cert: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** 127 bits of chance, never negative (RFC 5280, section 4.1.2.2). */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  // The bit below the sign is set, so that no encoding begins with a zero too many.
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return integer(bytes);
}

function algorithm(): Buffer {
  return sequence(objectId(oid.ecdsaWithSha256));
}

function distinguishedName(name: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId(oid.commonName), tagged(0x0c, Buffer.from(name)))));
}

function extensions(): Buffer {
  const localhost = tagged(0x82, Buffer.from("localhost"));
  const loopback = tagged(0x87, Buffer.of(127, 0, 0, 1));
  return sequence(
    extension(oid.keyUsage, Buffer.of(0x03, 0x02, 0x07, 0x80)),
    extension(oid.extKeyUsage, sequence(objectId(oid.serverAuth))),
    extension(oid.subjectAltName, sequence(localhost, loopback)),
  );
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(objectId(id), tagged(0x04, value));
}

/** UTCTime until 2049, GeneralizedTime from then on (RFC 5280, section 4.1.2.5). */
function time(at: number): Buffer {
  const digits = new Date(at)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replace(/[-:T]/g, "");
  return digits < "2050" ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function objectId(bytes: readonly number[]): Buffer {
  return tagged(0x06, Buffer.from(bytes));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.of(0), bytes);
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tagged(0x30, ...items);
}

/** DER (X.690): tag, length, content; contents of at most 65,535 bytes. */
function tagged(tag: number, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.of(tag), lengthOf(body.length), body]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
