import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { monotonicMillis } from "./monotonic.ts";

export interface ForwardedWrite {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  /** `PATCH /api/v1/…/status`. */
  readonly request: string;
}

/**
 * One program's own way to an API server that speaks plain HTTP: forwards bytes, can be cut, and is a witness of what was
 * written over it that neither the program nor the server can talk round.
 */
export class ApiLink {
  readonly writes: ForwardedWrite[] = [];
  readonly #target: URL;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(target: URL) {
    this.#target = target;
    this.#server = createServer((client) => this.#accept(client));
  }

  static async open(target: string): Promise<ApiLink> {
    const link = new ApiLink(new URL(target));
    link.#server.listen(0, "127.0.0.1");
    await once(link.#server, "listening");
    return link;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Status writes since a moment of the monotonic clock. */
  statusWritesSince(at: number): readonly string[] {
    return this.writes
      .filter((write) => write.at >= at && write.request.endsWith("/status"))
      .map(({ request }) => request);
  }

  /** Breaks every connection and refuses new ones. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    if (this.#isCut) return void client.resetAndDestroy();
    const server = connect(Number(this.#target.port), this.#target.hostname);
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(socket);
      // Resets are what this link is for.
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (bytes) => this.#note(bytes));
    client.pipe(server);
    server.pipe(client);
  }

  #note(bytes: Buffer): void {
    const begun = /^(?:PATCH|POST|PUT|DELETE) [^? ]+/.exec(bytes.toString("latin1", 0, 300));
    if (begun !== null) this.writes.push({ at: monotonicMillis(), request: begun[0] });
  }
}
