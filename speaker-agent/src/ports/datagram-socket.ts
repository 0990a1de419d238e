import { type Result } from "@steelyard/model/foundation";
import { type SocketAddress, type SocketError } from "./socket-address.ts";

export interface DatagramEvents {
  /** The bytes are the receiver's own. */
  readonly onDatagram: (bytes: Uint8Array, from: SocketAddress) => void;
  /** A datagram could not be sent; the socket goes on. */
  readonly onSendFailed: (to: SocketAddress, error: SocketError) => void;
}

/** A UDP socket on a port of its own, which sends to anybody and hears everybody. */
export interface DatagramSocket {
  /** With the port the kernel chose. */
  readonly local: SocketAddress;
  /** Never throws and never waits. */
  send(bytes: Uint8Array, to: SocketAddress): void;
  close(): void;
}

export interface ConnectedDatagramEvents {
  readonly onDatagram: (bytes: Uint8Array) => void;
  /**
   * `ECONNREFUSED`: the peer's kernel says that nobody listens on the port; once for each datagram it answers so, as far as
   * ICMP limits allow. Other codes: this host could not send.
   */
  readonly onError: (error: SocketError) => void;
}

/** A UDP socket on a free port that talks to one peer, and so hears what the peer's kernel says about its port. */
export interface ConnectedDatagramSocket {
  /** Never throws and never waits; what is sent before the kernel has connected the socket is sent then. */
  send(bytes: Uint8Array): void;
  close(): void;
}

export interface DatagramSockets {
  /** Refuses with EADDRINUSE, EADDRNOTAVAIL, EACCES. */
  bind(local: SocketAddress, events: DatagramEvents): Promise<Result<DatagramSocket, SocketError>>;
  connect(remote: SocketAddress, events: ConnectedDatagramEvents): ConnectedDatagramSocket;
}
