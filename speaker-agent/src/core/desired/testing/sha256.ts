import { createHash } from "node:crypto";

/** The real thing, as the program injects it. */
export function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
