/** Sixteen hexadecimal digits: short to read, and even a million names hardly ever meet. */
export function shortHash(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
