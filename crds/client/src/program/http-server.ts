import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { type Server as HttpsServer } from "node:https";
import { type AddressInfo } from "node:net";

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Plain text when absent. */
  readonly contentType?: string;
}

export type HttpRoute = () => Promise<HttpAnswer>;

export interface HttpServerOptions {
  /** 0 = a port of the kernel's choice, for tests; a program's "off" is its caller's business. */
  readonly port: number;
  /** Absent = all addresses of the host, of both families where it has both. */
  readonly host?: string;
  /** By exact path; the query is ignored. */
  readonly routes: Readonly<Record<string, HttpRoute>>;
  /** Asked before any route, with the header `Authorization`: the answer that refuses the request, or undefined. */
  readonly guard?: (authorization: string | undefined) => Promise<HttpAnswer | undefined>;
  /** Makes the server; plain HTTP when absent. */
  readonly create?: (timeouts: ServerOptions, listener: RequestListener) => Server | HttpsServer;
}

export interface HttpServer {
  readonly port: number;
  /** Stops listening and drops what is still connected. */
  close(): Promise<void>;
}

const requestTimeoutMs = 10_000;

/**
 * Serves metrics and health pages: GET and HEAD on a fixed set of paths.
 *
 * @throws Error that names host and port when the socket cannot be opened
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const site: Site = { routes: new Map(Object.entries(options.routes)), guard: options.guard };
  // A stranger who opens a connection and says nothing must not hold it for ever.
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
  const create = options.create ?? createServer;
  const server = create(timeouts, (request, response) => void serve(site, request, response));
  await listen(server, options);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

interface Site {
  readonly routes: ReadonlyMap<string, HttpRoute>;
  readonly guard: HttpServerOptions["guard"];
}

async function serve(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const answer =
    (await site.guard?.(request.headers.authorization)) ?? (await answerOf(site.routes, request));
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, {
    "content-type": answer.contentType ?? "text/plain; charset=utf-8",
    "content-length": length,
    ...(answer.status === 405 ? { allow: "GET, HEAD" } : {}),
    ...(answer.status === 401 ? { "www-authenticate": "Bearer" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

async function answerOf(
  routes: ReadonlyMap<string, HttpRoute>,
  request: IncomingMessage,
): Promise<HttpAnswer> {
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  const route = routes.get(path);
  if (route === undefined) return { status: 404, body: `no page ${path}\n` };
  if (request.method !== "GET" && request.method !== "HEAD")
    return { status: 405, body: "only GET and HEAD\n" };
  try {
    return await route();
  } catch (error) {
    // The caller of a probe is the one who can act on the fault, so the sentence goes into the answer.
    return { status: 500, body: `${error instanceof Error ? error.message : String(error)}\n` };
  }
}

function listen(server: Server | HttpsServer, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new Error(`cannot serve HTTP on ${host ?? "any address"}, port ${port}: ${cause.message}`, { cause }),
      );
    });
    server.listen({ ...(host === undefined ? {} : { host }), port }, resolve);
  });
}

function close(server: Server | HttpsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
