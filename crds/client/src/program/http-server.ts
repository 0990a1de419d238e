import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
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
  const routes = new Map(Object.entries(options.routes));
  // A stranger who opens a connection and says nothing must not hold it for ever.
  const timeouts = { requestTimeout: requestTimeoutMs, headersTimeout: requestTimeoutMs };
  const server = createServer(timeouts, (request, response) => void serve(routes, request, response));
  await listen(server, options);
  return { port: (server.address() as AddressInfo).port, close: () => close(server) };
}

async function serve(
  routes: ReadonlyMap<string, HttpRoute>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  request.resume();
  const answer = await answerOf(routes, request);
  const length = Buffer.byteLength(answer.body);
  response.writeHead(answer.status, {
    "content-type": answer.contentType ?? "text/plain; charset=utf-8",
    "content-length": length,
    ...(answer.status === 405 ? { allow: "GET, HEAD" } : {}),
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

function listen(server: Server, { host, port }: HttpServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new Error(`cannot serve HTTP on ${host ?? "any address"}, port ${port}: ${cause.message}`, { cause }),
      );
    });
    server.listen({ ...(host === undefined ? {} : { host }), port }, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
