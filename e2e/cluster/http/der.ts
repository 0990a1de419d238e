/** The little of ASN.1 DER (ITU-T X.690) that an X.509 certificate needs. */

export function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([Buffer.from([tag]), lengthOf(body.length), body]);
}

/** Short form below 128, else the number of length bytes and then the length (X.690, section 8.1.3). */
function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}

export function sequence(...content: readonly Uint8Array[]): Buffer {
  return der(0x30, ...content);
}

export function setOf(...content: readonly Uint8Array[]): Buffer {
  return der(0x31, ...content);
}

/** An unsigned number from its big-endian bytes. */
export function integer(bytes: Uint8Array): Buffer {
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return der(0x02, ...(isNegative ? [Buffer.from([0])] : []), bytes);
}

/** An object identifier such as `2.5.4.3` (X.690, section 8.19). */
export function objectIdentifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap(base128);
  return der(0x06, Buffer.from(bytes));
}

function base128(value: number): readonly number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

export function utf8String(text: string): Buffer {
  return der(0x0c, Buffer.from(text));
}

/** A time between 2000 and 2049 (RFC 5280, section 4.1.2.5.1). */
export function utcTime(millis: number): Buffer {
  const digits = new Date(millis).toISOString().replace(/[-:T]/g, "").slice(2, 14);
  return der(0x17, Buffer.from(`${digits}Z`));
}

export function bitString(bytes: Uint8Array): Buffer {
  return der(0x03, Buffer.from([0]), bytes);
}

export function octetString(bytes: Uint8Array): Buffer {
  return der(0x04, bytes);
}

export const yes = Buffer.from([0x01, 0x01, 0xff]);
