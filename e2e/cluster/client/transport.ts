import {
  Agent as HttpAgent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as httpRequest,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { type ClusterAccess } from "./access.ts";

export interface Reply {
  readonly code: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly json: unknown;
}

export interface OutgoingRequest {
  readonly method: string;
  readonly path: string;
  /** Sent as JSON, a string or Buffer as it is. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly accept?: string;
}

/** No test waits longer for an answer; a watch ends by its signal instead. */
const answerMillis = 30_000;

export async function sendRequest(
  access: ClusterAccess,
  outgoing: OutgoingRequest,
  connections?: HttpAgent,
): Promise<Reply> {
  return readReply(await openRequest(access, outgoing, AbortSignal.timeout(answerMillis), connections));
}

/** Connections that stay open between requests. */
export function keepConnections({ url }: ClusterAccess): HttpAgent {
  return url.startsWith("https:") ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
}

/** Sends the request; resolves when the head of the answer is there. */
export function openRequest(
  access: ClusterAccess,
  outgoing: OutgoingRequest,
  signal: AbortSignal,
  connections?: HttpAgent,
): Promise<IncomingMessage> {
  const { method, path, contentType = "application/json", accept = "application/json" } = outgoing;
  const isTls = access.url.startsWith("https:");
  const authorization = access.token === undefined ? {} : { authorization: `Bearer ${access.token}` };
  const body = bodyBytes(outgoing.body);
  // Said by us, because Node leaves the length of a DELETE's body out and the server then reads none.
  const length = { "content-length": String(body.length) };
  const headers = {
    accept,
    "content-type": contentType,
    "user-agent": access.userAgent ?? "steelyard-suite",
    ...length,
    ...authorization,
  };
  const authority = access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority };
  // A connection per request unless told otherwise: nothing to close at the end of a suite, and a server that stops is
  // not held up.
  const agent =
    connections ?? (isTls ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }));
  const url = new URL(path, access.url);
  return new Promise((resolve, reject) => {
    const send = isTls ? httpsRequest : httpRequest;
    const request = send(url, { method, headers, agent, signal, ...authority }, resolve);
    request.once("error", reject);
    request.end(body);
  });
}

function bodyBytes(body: unknown): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
}

export async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  return {
    code: response.statusCode ?? 0,
    headers: response.headers,
    text,
    get json(): unknown {
      return JSON.parse(text) as unknown;
    },
  };
}
