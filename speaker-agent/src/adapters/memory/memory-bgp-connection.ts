import { type BgpConnection, type BgpConnectionEvents, type BgpHops } from "../../ports/bgp-connections.ts";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import { type StreamEvents } from "../../ports/stream-connections.ts";
import { refusal } from "./memory-ports.ts";
import { type MemoryStream } from "./memory-stream.ts";

/** What an end demands of the packets of the other one, and gives its own. */
export interface Guard {
  readonly password: string | undefined;
  readonly hops: BgpHops;
}

export interface MemoryBgpConnectionOptions {
  readonly guard: Guard;
  /** On the side that dials: says what an error means. */
  readonly explain?: (error: SocketError) => SocketError;
}

/** As much as Node keeps before it says that it is full. */
const FULL_BYTES = 16_384;

/** Whether packets of `from` count as such of that peer with `to`, over so many hops. */
export function isTaken(from: Guard, to: Guard, hops: number): boolean {
  const left = timeToLive(from.hops) - (hops - 1);
  return from.password === to.password && left > 0 && left >= demanded(to.hops);
}

export function timeToLive(hops: BgpHops): number {
  return hops.kind === "security" ? 255 : hops.hops;
}

function demanded(hops: BgpHops): number {
  return hops.kind === "security" ? 256 - hops.hops : 0;
}

/** One end of a simulated TCP connection with a key and a TTL. */
export class MemoryBgpConnection implements BgpConnection {
  readonly remote: SocketAddress;
  guard: Guard;
  /** The other end, once there is one. */
  far: MemoryBgpConnection | undefined;
  readonly stream: MemoryStream;
  #events: BgpConnectionEvents | undefined;
  #isOver = false;
  readonly #explain: (error: SocketError) => SocketError;
  #stands: boolean;
  #inFlight = 0;
  #owesDrain = false;

  constructor(stream: MemoryStream, { guard: { password, hops }, explain }: MemoryBgpConnectionOptions) {
    this.stream = stream;
    this.remote = stream.remote;
    this.guard = { password, hops };
    this.#explain = explain ?? ((error) => error);
    this.#stands = explain === undefined;
  }

  get local(): SocketAddress | undefined {
    return this.#stands ? this.stream.local : undefined;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  hear(events: BgpConnectionEvents): void {
    if (this.#isOver) return;
    this.#events = events;
    this.stream.hear(this.#streamEvents);
  }

  send(bytes: Uint8Array): boolean {
    if (this.#isOver) return true;
    this.#inFlight += bytes.length;
    this.stream.send(bytes);
    this.#owesDrain ||= this.#inFlight >= FULL_BYTES;
    return !this.#owesDrain;
  }

  setPassword(password: string | undefined): void {
    this.guard = { ...this.guard, password };
  }

  setHops(hops: BgpHops): void {
    this.guard = { ...this.guard, hops };
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    this.stream.close();
  }

  /** Its own kernel, or the other one's, says that there will be no connection. */
  refuse(code: string): void {
    this.stream.finish(this.#explain(refusal(code, "connect")));
  }

  whenDelivered(length: number): void {
    this.#inFlight -= length;
    if (this.#inFlight > 0 || !this.#owesDrain) return;
    this.#owesDrain = false;
    this.#events?.onDrain();
  }

  readonly #streamEvents: StreamEvents = {
    onConnected: () => {
      this.#stands = true;
      this.#events?.onConnected();
    },
    onData: (bytes) => this.#events?.onData(bytes),
    onClosed: (error) => this.#whenClosed(error),
  };

  #whenClosed(error: SocketError | undefined): void {
    const events = this.#events;
    this.#end();
    events?.onClosed(error);
  }

  #end(): void {
    this.#isOver = true;
    this.#events = undefined;
  }
}
