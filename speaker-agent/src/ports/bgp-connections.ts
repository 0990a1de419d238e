import { type IpAddress, type IpPrefix } from "@steelyard/model/address";
import { type Result } from "@steelyard/model/foundation";
import { type SocketAddress, type SocketError } from "./socket-address.ts";

/** How far packets may travel: `hops` sets what is sent; `security` (RFC 5082) sends 255 and wants 256 - hops at least. */
export type BgpHops =
  { readonly kind: "hops"; readonly hops: number } | { readonly kind: "security"; readonly hops: number };

export interface BgpDial {
  readonly remote: SocketAddress;
  /** The scope of a link-local remote; otherwise undefined. */
  readonly interface: string | undefined;
  /** Undefined = the route decides. */
  readonly source: IpAddress | undefined;
  /** The device the socket is bound to, such as a VRF. */
  readonly device: string | undefined;
  /** TCP MD5 (RFC 2385), at most 80 bytes. */
  readonly password: string | undefined;
  readonly hops: BgpHops;
}

/** What happens to one connection; nothing of it after its owner has closed it. */
export interface BgpConnectionEvents {
  /** Only on the side that dialled. */
  readonly onConnected: () => void;
  /** The bytes are the receiver's own. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Everything that was sent is with the kernel. Only after a `send` that answered false. */
  readonly onDrain: () => void;
  /** It is over, for both directions: the other side has ended it, or `error` has. Told once; also of a failed dial. */
  readonly onClosed: (error: SocketError | undefined) => void;
}

/** A TCP connection to a router. Calls never throw and never wait; on one that is over they do nothing. */
export interface BgpConnection {
  /** Once connected: our end, as the router sees it; its next hop for what we announce. */
  readonly local: SocketAddress | undefined;
  readonly remote: SocketAddress;
  /** False = the kernel is full: wait for `onDrain` before sending much more. */
  send(bytes: Uint8Array): boolean;
  /** Takes effect on the standing connection. */
  setPassword(password: string | undefined): void;
  setHops(hops: BgpHops): void;
  /** Ends it when everything has been sent. */
  close(): void;
}

/** Who may connect, with which key: by level. */
export interface BgpListenerPeer {
  readonly from: IpPrefix;
  readonly interface: string | undefined;
  readonly password: string | undefined;
  readonly hops: BgpHops;
}

export interface BgpListener {
  /** With the port the kernel chose. */
  readonly local: SocketAddress;
  /** Who is not among them is turned away at once. */
  setPeers(peers: readonly BgpListenerPeer[]): void;
  /** Connections that were accepted go on. */
  close(): void;
}

/** `peer`: the very object that `setPeers` was given. */
export type BgpAccept = (connection: BgpConnection, peer: BgpListenerPeer) => BgpConnectionEvents;

/** TCP as BGP needs it. */
export interface BgpConnections {
  /** What the kernel refuses at once is told by `onClosed`, later. */
  dial(dial: BgpDial, events: BgpConnectionEvents): BgpConnection;
  /** `accept` gives the events of a connection that this peer has made. */
  listen(
    options: { readonly local: SocketAddress; readonly device: string | undefined },
    accept: BgpAccept,
  ): Promise<Result<BgpListener, SocketError>>;
}
