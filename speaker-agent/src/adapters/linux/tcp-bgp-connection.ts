import { ADDRESS_BITS, type IpPrefix } from "@steelyard/model/address";
import { type Millis } from "@steelyard/model/foundation";
import { type Socket } from "node:net";
import { type BgpConnection, type BgpConnectionEvents, type BgpHops } from "../../ports/bgp-connections.ts";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import { socketAddress, socketError } from "../node/socket-addresses.ts";
import { type IpSocket } from "./ip-socket.ts";

/** How long the last bytes of a connection we ended may take; a router that does not read must not keep them for ever. */
const LINGER: Millis = 10_000;

export interface TcpBgpConnectionOptions {
  readonly remote: SocketAddress;
  /** Whether a key is set already: taking away one that is not there is an error. */
  readonly hasPassword: boolean;
  /** Says what an error of this connection means. */
  readonly explain: (error: SocketError) => SocketError;
  readonly linger?: Millis | undefined;
}

/** A TCP connection that Node drives; the options of its socket are set through a descriptor of our own. */
export class TcpBgpConnection implements BgpConnection {
  readonly remote: SocketAddress;
  readonly #socket: Socket;
  /** Undefined once the socket is closed. */
  #options: IpSocket | undefined;
  readonly #explain: (error: SocketError) => SocketError;
  readonly #linger: Millis;
  #hasPassword: boolean;
  #events: BgpConnectionEvents | undefined;
  #isOver = false;
  #error: SocketError | undefined;

  constructor(socket: Socket, options: IpSocket, settings: TcpBgpConnectionOptions) {
    const { remote, hasPassword, explain, linger = LINGER } = settings;
    this.remote = remote;
    this.#linger = linger;
    this.#socket = socket;
    this.#options = options;
    this.#hasPassword = hasPassword;
    this.#explain = explain;
    // RFC 4271 wants small messages to leave at once; the default delays one behind another that is not acknowledged yet.
    socket.setNoDelay(true);
    socket
      .on("error", (error) => (this.#error ??= this.#explain(socketError(error))))
      .on("close", () => this.#whenClosed());
  }

  get local(): SocketAddress | undefined {
    return socketAddress(this.#socket.localAddress, this.#socket.localPort);
  }

  hear(events: BgpConnectionEvents): void {
    // Whoever accepts may refuse at once.
    if (this.#isOver) return;
    this.#events = events;
    this.#socket
      .on("connect", () => this.#whenConnected())
      .on("drain", () => this.#events?.onDrain())
      .on("data", (bytes: Buffer) =>
        this.#events?.onData(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)),
      );
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isOver || !this.#socket.writable) return true;
    return this.#socket.write(bytes.slice());
  }

  setPassword(password: string | undefined): void {
    if (password === undefined && !this.#hasPassword) return;
    this.#attempt((options) => options.setKey(hostPrefix(this.remote), password));
    this.#hasPassword = password !== undefined;
  }

  setHops(hops: BgpHops): void {
    this.#attempt((options) => setBgpHops(options, hops));
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#socket.connecting) return void this.#socket.destroy();
    this.#socket.end();
    // Not a timeout of the socket: that begins anew with every byte of a router that talks and does not read.
    const limit = setTimeout(() => this.#socket.destroy(), this.#linger).unref();
    this.#socket.once("close", () => clearTimeout(limit));
    // What still comes is read and forgotten: an unread byte would make the kernel reset what we have sent.
    this.#socket.resume();
  }

  /** A kernel that refuses an option on a standing connection gets a new one, which has it from the beginning. */
  #attempt(set: (options: IpSocket) => void): void {
    if (this.#options === undefined || this.#isOver) return;
    try {
      set(this.#options);
    } catch (error) {
      this.#socket.destroy(error as Error);
    }
  }

  #whenConnected(): void {
    this.#socket.resume();
    this.#events?.onConnected();
  }

  #whenClosed(): void {
    this.#options?.close();
    this.#options = undefined;
    const events = this.#events;
    this.#end();
    events?.onClosed(this.#error);
  }

  #end(): void {
    this.#isOver = true;
    this.#events = undefined;
  }
}

export function hostPrefix({ address }: SocketAddress): IpPrefix {
  return { network: address, length: ADDRESS_BITS[address.family] };
}

/** RFC 5082: who is `hops` away sends 255, of which 256 - hops are left. */
export function setBgpHops(socket: IpSocket, hops: BgpHops): void {
  if (hops.kind === "hops") socket.setHops(hops.hops, 0);
  else socket.setHops(255, 256 - hops.hops);
}
