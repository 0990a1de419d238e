import type { IncomingMessage } from "node:http";
import { KubeError } from "../errors.ts";

/** Reads an answer to its end, refusing one that is longer than `limit` bytes before it fills the memory. */
export async function readBody(response: IncomingMessage, limit: number, doing: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the response and with it the connection: nobody reads the rest.
    if (size > limit)
      throw new KubeError({
        code: "too-large",
        message: `${doing}: the answer is longer than ${limit} bytes`,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size).toString("utf8");
}

/** Parsed JSON, or undefined for an empty body. Throws `malformed`. */
export function parseJson(text: string, doing: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (thrown) {
    const message = `${doing}: the answer is not JSON: ${text.slice(0, 80)}`;
    throw new KubeError({ code: "malformed", message, cause: thrown });
  }
}

/** A body whose form is not certain, of an error for instance: parsed if it is JSON, else as text. */
export function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not an error: proxies and load balancers answer in HTML, and the text itself is then the explanation.
    return text;
  }
}
