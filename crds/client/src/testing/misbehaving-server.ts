import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";

export interface ReceivedRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly isWatch: boolean;
  /** Common name in the client's certificate; undefined without one. */
  readonly client: string | undefined;
}

/** What the server does with one request; a fault is simply another behaviour. */
export type Behaviour = (response: ServerResponse, request: ReceivedRequest) => void;

/**
 * A real HTTP server on a free port of the loopback that does what a test tells it, which is mostly the wrong thing.
 * Each request takes the next behaviour planned for its class (list, watch, or other); the last one of a class stays in
 * force when the plan is used up.
 */
export class MisbehavingServer {
  readonly requests: ReceivedRequest[] = [];
  /** Watches that are open now, oldest first. */
  readonly openWatches = new Set<ServerResponse>();
  /** Connections that have been accepted so far. */
  connections = 0;
  readonly #server: Server | TlsServer;
  readonly #sockets = new Set<Socket>();
  readonly #plans = { list: [] as Behaviour[], watch: [] as Behaviour[], other: [] as Behaviour[] };
  readonly #waiters = new Set<() => void>();

  private constructor(server: Server | TlsServer) {
    this.#server = server;
    server.on("connection", (socket: Socket) => this.#accept(socket));
    server.on("request", (request, response) => this.#receive(request, response));
  }

  static start(): Promise<MisbehavingServer> {
    return MisbehavingServer.#listen(createServer());
  }

  static startTls(options: ServerOptions): Promise<MisbehavingServer> {
    return MisbehavingServer.#listen(createTlsServer(options));
  }

  static async #listen(server: Server | TlsServer): Promise<MisbehavingServer> {
    const started = new MisbehavingServer(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return started;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): URL {
    const scheme = "setSecureContext" in this.#server ? "https" : "http";
    return new URL(`${scheme}://127.0.0.1:${this.port}`);
  }

  get lists(): readonly ReceivedRequest[] {
    return this.requests.filter((request) => request.method === "GET" && !request.isWatch);
  }

  get watches(): readonly ReceivedRequest[] {
    return this.requests.filter((request) => request.isWatch);
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  onList(...behaviours: readonly Behaviour[]): this {
    this.#plans.list.push(...behaviours);
    return this;
  }

  onWatch(...behaviours: readonly Behaviour[]): this {
    this.#plans.watch.push(...behaviours);
    return this;
  }

  /** For anything but GET. */
  onOther(...behaviours: readonly Behaviour[]): this {
    this.#plans.other.push(...behaviours);
    return this;
  }

  /** Resolves when `condition` holds; looked at whenever a request or a connection comes or goes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.add(resolve));
  }

  /** Cuts every connection without a word, as a crash does. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    // Resets are what this server is for; whoever caused one looks at the other side.
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#sockets.delete(socket);
      this.#changed();
    });
  }

  #receive(incoming: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () =>
      this.#answer(describe(incoming, Buffer.concat(chunks).toString("utf8")), response),
    );
  }

  #answer(request: ReceivedRequest, response: ServerResponse): void {
    this.requests.push(request);
    if (request.isWatch) this.#followWatch(response);
    const plan = this.#plans[request.isWatch ? "watch" : request.method === "GET" ? "list" : "other"];
    const behaviour = plan.length > 1 ? plan.shift() : plan[0];
    if (behaviour === undefined)
      throw new Error(`no behaviour planned for ${request.method} ${request.path}`);
    behaviour(response, request);
    this.#changed();
  }

  #followWatch(response: ServerResponse): void {
    this.openWatches.add(response);
    response.on("close", () => {
      this.openWatches.delete(response);
      this.#changed();
    });
  }

  #changed(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    for (const wake of waiters) wake();
  }
}

function describe(incoming: IncomingMessage, body: string): ReceivedRequest {
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://test");
  return {
    method: incoming.method ?? "",
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body,
    isWatch: searchParams.get("watch") === "true",
    client: commonName(incoming.socket),
  };
}

function commonName(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const name = socket.getPeerCertificate().subject.CN;
  return typeof name === "string" ? name : undefined;
}
