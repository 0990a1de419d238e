/**
 * UTF-8 (RFC 3629) without the platform's encoder, which `core` does not have. A lone surrogate becomes U+FFFD, as
 * everywhere else.
 */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    pushPoint(bytes, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return Uint8Array.from(bytes);
}

/** The text, or undefined when the bytes are no UTF-8: an over-long form, a surrogate, a sequence cut short. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  let text = "";
  for (let offset = 0; offset < bytes.length;) {
    const length = sequenceLength(bytes[offset] ?? 0);
    const point = readPoint(bytes, offset, length);
    if (point === undefined) return undefined;
    text += String.fromCodePoint(point);
    offset += length;
  }
  return text;
}

const SMALLEST_POINT = [0, 0, 0x80, 0x800, 0x1_0000];

function pushPoint(bytes: number[], point: number): void {
  const tail = (shift: number): number => 0x80 | ((point >> shift) & 0x3f);
  if (point < 0x80) bytes.push(point);
  else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(0));
  else if (point < 0x1_0000) bytes.push(0xe0 | (point >> 12), tail(6), tail(0));
  else bytes.push(0xf0 | (point >> 18), tail(12), tail(6), tail(0));
}

/** 0 for a byte that begins nothing. */
function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead >= 0xc0 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  return lead >= 0xf0 && lead < 0xf8 ? 4 : 0;
}

function readPoint(bytes: Uint8Array, offset: number, length: number): number | undefined {
  if (length === 0 || offset + length > bytes.length) return undefined;
  const lead = bytes[offset] ?? 0;
  let point = length === 1 ? lead : lead & (0x7f >> length);
  for (let index = 1; index < length; index++) {
    const byte = bytes[offset + index] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    point = (point << 6) | (byte & 0x3f);
  }
  const isPoint =
    point >= (SMALLEST_POINT[length] ?? 0) && point <= 0x10_ffff && (point < 0xd800 || point > 0xdfff);
  return isPoint ? point : undefined;
}
