import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex } from "../../testing/hex.ts";

export interface CapturedMessage {
  /** Whose software said it. */
  readonly peer: string;
  readonly scene: string;
  readonly bytes: Uint8Array;
}

const folder = join(import.meta.dirname, "../fixtures");

/** What genuine routers have said: fixtures/README.md. */
export function capturedMessages(): readonly CapturedMessage[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .flatMap((name) => messagesOf(name.slice(0, -".txt".length), readFileSync(join(folder, name), "utf8")));
}

function messagesOf(peer: string, text: string): readonly CapturedMessage[] {
  const messages: CapturedMessage[] = [];
  let scene = "";
  for (const line of text.trim().split("\n")) {
    if (line.startsWith("# ")) scene = line.slice(2);
    else messages.push({ peer, scene, bytes: fromHex(line) });
  }
  return messages;
}
