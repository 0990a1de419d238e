import { err, ok, type Result } from "@steelyard/model/foundation";
import { connect, createServer, type Server, type Socket } from "node:net";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import {
  type StreamConnection,
  type StreamConnections,
  type StreamEvents,
  type StreamListener,
} from "../../ports/stream-connections.ts";
import { hostAndPort, socketAddress, socketError } from "./socket-addresses.ts";

/** How long the last bytes of a connection we ended may take; a peer that does not read must not keep them for ever. */
const LINGER_MILLIS = 10_000;

/** TCP by node:net. */
export class NodeStreamConnections implements StreamConnections {
  async listen(
    local: SocketAddress,
    accept: (connection: StreamConnection) => StreamEvents,
  ): Promise<Result<StreamListener, SocketError>> {
    const server = createServer((socket) => {
      const remote = socketAddress(socket.remoteAddress, socket.remotePort);
      if (remote === undefined) return void socket.destroy();
      const connection = new SocketConnection(socket, remote);
      connection.hear(accept(connection));
    });
    return new Promise((resolve) => {
      server.once("error", (error) => resolve(err(socketError(error))));
      server.listen({ ...hostAndPort(local), ipv6Only: true, exclusive: true }, () => {
        server.removeAllListeners("error");
        // Too many open files, for one: connections go on, and so does the server.
        server.on("error", () => undefined);
        resolve(ok(listener(server, local)));
      });
    });
  }

  connect(remote: SocketAddress, events: StreamEvents): StreamConnection {
    const connection = new SocketConnection(connect({ ...hostAndPort(remote), noDelay: true }), remote);
    connection.hear(events);
    return connection;
  }
}

class SocketConnection implements StreamConnection {
  readonly remote: SocketAddress;
  readonly #socket: Socket;
  /** Undefined before, and again once nobody wants to hear of it any more. */
  #events: StreamEvents | undefined;
  #isOver = false;
  #error: SocketError | undefined;

  constructor(socket: Socket, remote: SocketAddress) {
    this.#socket = socket;
    this.remote = remote;
    socket.on("error", (error) => (this.#error = socketError(error)));
  }

  hear(events: StreamEvents): void {
    // Whoever accepts may refuse at once.
    if (this.#isOver) return;
    this.#events = events;
    this.#socket
      .on("connect", () => this.#events?.onConnected())
      .on("data", (bytes: Buffer) =>
        this.#events?.onData(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
      )
      .on("close", () => this.#tellClosed());
  }

  send(bytes: Uint8Array): void {
    if (!this.#isOver && this.#socket.writable) this.#socket.write(bytes.slice());
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#socket.connecting && this.#socket.writableLength === 0) return void this.#socket.destroy();
    this.#socket.end();
    this.#socket.setTimeout(LINGER_MILLIS, () => this.#socket.destroy());
    // What still comes is read and forgotten: an unread byte would make the kernel reset what we have sent.
    this.#socket.resume();
  }

  #tellClosed(): void {
    const events = this.#events;
    this.#end();
    events?.onClosed(this.#error);
  }

  #end(): void {
    this.#isOver = true;
    this.#events = undefined;
  }
}

function listener(server: Server, local: SocketAddress): StreamListener {
  const bound = server.address();
  return {
    local: typeof bound === "object" && bound !== null ? { ...local, port: bound.port } : local,
    close: () => void server.close(),
  };
}
