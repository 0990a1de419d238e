import { hash } from "node:crypto";

/** SHA-256 of the UTF-8 bytes of a text, 32 bytes. In one call: an election hashes every node for every address. */
export function sha256(text: string): Uint8Array {
  return hash("sha256", text, "buffer");
}
