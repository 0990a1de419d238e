import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, type Socket } from "node:net";
import { type ApiAnswer, type ApiRequest, type EventSink } from "./exchange.ts";
import { parseResourcePath, verbOf } from "./route.ts";
import { serialise } from "./serialise.ts";

export type Outcome = ApiAnswer | { readonly kind: "reset" } | { readonly kind: "silence" };

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** PEM texts; plain HTTP without them. */
  readonly tls?: { readonly key: string; readonly certificate: string };
  /** Whether a request may be handled at all; the text is the reason of the 401 otherwise. */
  authorise(request: IncomingMessage): boolean;
  handle(request: ApiRequest): Promise<Outcome>;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops listening and breaks all connections. */
  close(): Promise<void>;
}

const mostBodyBytes = 3 * 1024 * 1024;

/** Listens, reads requests, writes answers; what they mean is the business of `handle`. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const onRequest: RequestListener = (request, response) => void serve(options, request, response);
  const server: Server =
    options.tls === undefined
      ? createServer(onRequest)
      : createTlsServer({ key: options.tls.key, cert: options.tls.certificate }, onRequest);
  // Longer than any client keeps an idle connection: otherwise a request may meet a connection that is just closing.
  server.keepAliveTimeout = 300_000;
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    host: options.host,
    port: (server.address() as AddressInfo).port,
    close: () => close(server, sockets),
  };
}

function close(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets) socket.destroy();
  return closed;
}

async function serve(
  options: ListenOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A client that goes away in the middle is no event for this server.
  request.on("error", () => undefined);
  response.on("error", () => undefined);
  try {
    await answer(options, request, response);
  } catch (error) {
    // Only an address that cannot be read gets here: everything else is answered with a Status.
    writeText(response, 400, `bad request: ${String(error)}\n`, "text/plain; charset=utf-8");
  }
}

async function answer(
  options: ListenOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!options.authorise(request))
    return writeText(response, 401, serialise(unauthorised), "application/json");
  const body = await readAll(request);
  if (body === undefined) return writeText(response, 413, "request entity too large\n", "text/plain");
  const outcome = await options.handle(toApiRequest(request, body));
  writeOutcome(outcome, request, response);
}

const unauthorised = {
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "Unauthorized",
  reason: "Unauthorized",
  code: 401,
};

async function readAll(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > mostBodyBytes) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The client broke off: what it did send is answered into the void.
  }
  return Buffer.concat(chunks);
}

function toApiRequest(request: IncomingMessage, body: Buffer): ApiRequest {
  const url = new URL(request.url ?? "/", "http://server");
  const method = request.method ?? "GET";
  const path = parseResourcePath(url.pathname);
  const verb = path === undefined ? undefined : verbOf(method, path, url.searchParams);
  const resource = path === undefined || verb === undefined ? undefined : { path, verb };
  return { method, url, headers: request.headers, body, resource };
}

function writeOutcome(outcome: Outcome, request: IncomingMessage, response: ServerResponse): void {
  switch (outcome.kind) {
    case "json":
      return writeText(
        response,
        outcome.status,
        serialise(outcome.body),
        "application/json",
        outcome.headers,
      );
    case "text":
      return writeText(response, outcome.status, outcome.body, "text/plain; charset=utf-8", outcome.headers);
    case "events":
      return writeEvents(outcome, request, response);
    case "reset":
      request.socket.resetAndDestroy();
      return;
    case "silence":
      return;
  }
}

function writeText(
  response: ServerResponse,
  status: number,
  text: string,
  contentType: string,
  headers: Readonly<Record<string, string | readonly string[]>> = {},
): void {
  response.writeHead(status, {
    "content-type": contentType,
    "cache-control": "no-cache, private",
    ...mutable(headers),
  });
  response.end(text);
}

function mutable(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === "string" ? value : [...value]]),
  );
}

function writeEvents(
  { headers = {}, start }: Extract<ApiAnswer, { kind: "events" }>,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  response.writeHead(200, {
    "content-type": "application/json",
    "cache-control": "no-cache, private",
    ...mutable(headers),
  });
  response.flushHeaders();
  const sink: EventSink = {
    send: (event) => void response.write(`${serialise(event)}\n`),
    sendRaw: (text) => void response.write(text),
    end: () => void response.end(),
    reset: () => void request.socket.resetAndDestroy(),
  };
  const stop = start(sink);
  response.once("close", stop);
}
