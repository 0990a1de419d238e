import { type IncomingMessage } from "node:http";

/** The lines of a streamed answer, cut at byte 0x0A only; ends quietly when `signal` does. */
export async function* readLines(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(0x0a); end !== -1; end = rest.indexOf(0x0a)) {
        const line = rest.subarray(0, end).toString();
        rest = rest.subarray(end + 1);
        if (line !== "") yield line;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    response.destroy();
  }
}
