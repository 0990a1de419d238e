import { hash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The key of the Secret that MetalLB's controller makes, and so the name of the file it is mounted as. */
const SECRET_KEY = "secretkey";

/**
 * The AES key of the gossip: SHA-256 over the whole secret (reference metallb.md, sections 4.8 and 10).
 *
 * @param path the file, or the directory the Secret is mounted at
 * @throws Error with one sentence that names the file
 */
export async function readMembershipKey(path: string): Promise<Uint8Array> {
  const { file, bytes } = await readSecret(path);
  if (bytes.length === 0) throw new Error(`the key of the gossip is empty: ${file}`);
  return hash("sha256", bytes, "buffer");
}

async function readSecret(path: string): Promise<{ readonly file: string; readonly bytes: Uint8Array }> {
  try {
    return { file: path, bytes: await readFile(path) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EISDIR") throw unreadable(path, error);
  }
  const file = join(path, SECRET_KEY);
  try {
    return { file, bytes: await readFile(file) };
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): Error {
  return new Error(`the key of the gossip cannot be read: ${(error as Error).message || file}`, {
    cause: error,
  });
}
