import { type Result } from "@steelyard/model/foundation";
import { type SocketAddress, type SocketError } from "./socket-address.ts";

/** What happens to one connection; nothing of it after its owner has closed it. */
export interface StreamEvents {
  /** It stands. Only on the side that connects. */
  readonly onConnected: () => void;
  /** The bytes are the receiver's own. */
  readonly onData: (bytes: Uint8Array) => void;
  /** It is over, for both directions: the other side has ended it, or `error` has. Told once. */
  readonly onClosed: (error: SocketError | undefined) => void;
}

/** A TCP connection. Calls never throw and never wait; on one that is over they do nothing. */
export interface StreamConnection {
  readonly remote: SocketAddress;
  /** What is sent before the connection stands is sent then. */
  send(bytes: Uint8Array): void;
  /** Ends it when everything has been sent. */
  close(): void;
}

export interface StreamListener {
  /** With the port the kernel chose. */
  readonly local: SocketAddress;
  /** Connections that were accepted go on. */
  close(): void;
}

export interface StreamConnections {
  /** Refuses with EADDRINUSE, EADDRNOTAVAIL, EACCES. `accept` gives the events of a connection somebody made. */
  listen(
    local: SocketAddress,
    accept: (connection: StreamConnection) => StreamEvents,
  ): Promise<Result<StreamListener, SocketError>>;
  /** Gives up when the kernel does, after minutes: close it earlier. */
  connect(remote: SocketAddress, events: StreamEvents): StreamConnection;
}
