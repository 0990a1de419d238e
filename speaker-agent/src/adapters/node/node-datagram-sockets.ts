import { err, ok, type Result } from "@steelyard/model/foundation";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import {
  type ConnectedDatagramEvents,
  type ConnectedDatagramSocket,
  type DatagramEvents,
  type DatagramSocket,
  type DatagramSockets,
} from "../../ports/datagram-socket.ts";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import { hostAndPort, socketAddress, socketError } from "./socket-addresses.ts";

/** Gossip comes in bursts; the kernel gives less where its limit is lower. */
const RECEIVE_BUFFER_BYTES = 2 << 20;

/** UDP by node:dgram. */
export class NodeDatagramSockets implements DatagramSockets {
  async bind(local: SocketAddress, events: DatagramEvents): Promise<Result<DatagramSocket, SocketError>> {
    const socket = newSocket(local);
    const { host, port } = hostAndPort(local);
    return new Promise((resolve) => {
      socket.once("error", (error) => {
        socket.close();
        resolve(err(socketError(error)));
      });
      socket.bind({ address: host, port, exclusive: true }, () => {
        socket.removeAllListeners("error");
        socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
        resolve(ok(new BoundSocket(socket, { ...local, port: socket.address().port }, events)));
      });
    });
  }

  connect(remote: SocketAddress, events: ConnectedDatagramEvents): ConnectedDatagramSocket {
    return new ConnectedSocket(newSocket(remote), remote, events);
  }
}

class BoundSocket implements DatagramSocket {
  readonly local: SocketAddress;
  readonly #socket: Socket;
  readonly #events: DatagramEvents;
  #closed = false;

  constructor(socket: Socket, local: SocketAddress, events: DatagramEvents) {
    this.#socket = socket;
    this.local = local;
    this.#events = events;
    socket.on("message", (bytes, { address, port }: RemoteInfo) => {
      const from = socketAddress(address, port);
      if (from !== undefined && !this.#closed) events.onDatagram(plainBytes(bytes), from);
    });
    // What fails while receiving concerns a datagram that is lost anyway; the socket stays usable.
    socket.on("error", () => undefined);
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (this.#closed) return;
    const { host, port } = hostAndPort(to);
    const tell = (error: unknown): void => {
      if (!this.#closed) this.#events.onSendFailed(to, socketError(error));
    };
    try {
      // The bytes leave after this call, when Node has "looked up" the address.
      this.#socket.send(bytes.slice(), port, host, (error) => {
        if (error !== null) tell(error);
      });
    } catch (error) {
      tell(error);
    }
  }

  close(): void {
    if (!this.#closed) this.#socket.close();
    this.#closed = true;
  }
}

class ConnectedSocket implements ConnectedDatagramSocket {
  readonly #socket: Socket;
  readonly #remote: SocketAddress;
  readonly #events: ConnectedDatagramEvents;
  /** What is sent when it is connected; undefined once it is. */
  #waiting: Uint8Array[] | undefined = [];
  #isConnecting = false;
  #closed = false;

  constructor(socket: Socket, remote: SocketAddress, events: ConnectedDatagramEvents) {
    this.#socket = socket;
    this.#remote = remote;
    this.#events = events;
    socket.on("error", (error) => this.#tell(error));
    socket.on("message", (bytes) => {
      if (!this.#closed) events.onDatagram(plainBytes(bytes));
    });
    this.#connect();
  }

  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#waiting === undefined) this.#sendNow(bytes.slice());
    else {
      this.#waiting.push(bytes.slice());
      if (!this.#isConnecting) this.#connect();
    }
  }

  close(): void {
    if (!this.#closed) this.#socket.close();
    this.#closed = true;
  }

  /** Without a route there is no connection; the next datagram tries anew, because there may be one again. */
  #connect(): void {
    const { host, port } = hostAndPort(this.#remote);
    this.#isConnecting = true;
    // Node counts a failure given to this callback as told.
    this.#socket.connect(port, host, (error?: Error | null) => {
      this.#isConnecting = false;
      if (!(error instanceof Error)) return this.#flush();
      this.#waiting = [];
      this.#tell(error);
    });
  }

  #flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    if (!this.#closed) for (const bytes of waiting) this.#sendNow(bytes);
  }

  /** Without a callback, so that a failure comes to the same place as what the kernel reports later. */
  #sendNow(bytes: Uint8Array): void {
    try {
      this.#socket.send(bytes);
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    if (!this.#closed) this.#events.onError(socketError(error));
  }
}

function newSocket({ address }: SocketAddress): Socket {
  return createSocket(address.family === "IPv4" ? { type: "udp4" } : { type: "udp6", ipv6Only: true });
}

/** Not a Buffer: `slice` of one is no copy. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
