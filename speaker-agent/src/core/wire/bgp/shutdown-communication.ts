import { decodeUtf8, encodeUtf8 } from "../utf8.ts";

/** RFC 8203's limit, which the peers of today read too, though RFC 9003 has raised it to 255. */
const LONGEST_SENT = 128;

/**
 * Removed before somebody's text stands in our log: control characters, and those that break lines or change the direction of
 * what follows (RFC 9003, section 5).
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** The data of Cease / Administrative Shutdown or Reset: length 1, UTF-8; cut between characters where it is too long. */
export function encodeShutdownCommunication(text: string): Uint8Array {
  let kept = "";
  let length = 0;
  for (const character of text) {
    length += encodeUtf8(character).length;
    if (length > LONGEST_SENT) break;
    kept += character;
  }
  const bytes = encodeUtf8(kept);
  return Uint8Array.of(bytes.length, ...bytes);
}

/** What the other side's administrator wrote; undefined when there is nothing, or nothing readable. */
export function decodeShutdownCommunication(data: Uint8Array): string | undefined {
  const [length = 0] = data;
  return length < data.length ? printableText(data.subarray(1, 1 + length)) : undefined;
}

/** Somebody's UTF-8 as it can stand in a sentence; undefined when it is none, or nothing remains. */
export function printableText(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes)?.replaceAll(UNPRINTABLE, "").trim();
  return text === "" ? undefined : text;
}
