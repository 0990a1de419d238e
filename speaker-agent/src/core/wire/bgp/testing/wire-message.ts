import { fromHex } from "../../testing/hex.ts";

/** A message from the hexadecimal digits of its type and body; marker and length are put in front. */
export function wireMessage(typeAndBody: string): Uint8Array {
  const rest = fromHex(typeAndBody);
  const length = 18 + rest.length;
  const bytes = new Uint8Array(length).fill(0xff, 0, 16);
  bytes.set([length >> 8, length & 0xff], 16);
  bytes.set(rest, 18);
  return bytes;
}
