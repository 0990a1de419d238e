import { type Millis } from "@steelyard/model/foundation";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import { type StreamConnection, type StreamEvents } from "../../ports/stream-connections.ts";
import { type MemoryIpNetwork } from "./memory-ip-network.ts";
import { refusal } from "./memory-ports.ts";

/** How long a stream waits before it sends again what was lost. */
const RETRANSMISSION: Millis = 200;
/** How often it does; kernels give up after minutes, too. */
const MOST_RETRANSMISSIONS = 300;

export interface MemoryStreamOptions {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** It is closed or finished, and so of no more concern to its host. */
  readonly onOver: () => void;
  /** Whether the other end takes what is sent now; what it does not take is sent again, as if the network had lost it. */
  readonly isTaken?: () => boolean;
  /** That many bytes are with the other end. */
  readonly onDelivered?: (length: number) => void;
}

/** One end of a simulated TCP connection. */
export class MemoryStream implements StreamConnection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly #network: MemoryIpNetwork;
  readonly #onOver: () => void;
  readonly #isTaken: () => boolean;
  readonly #onDelivered: (length: number) => void;
  /** What the other end is to be told, in order; the first is sent again until it gets through. */
  readonly #outgoing: (() => void)[] = [];
  #isSending = false;
  /** Pieces keep their order even when a later one travels faster. */
  #lastArrival = 0;
  #lost = 0;
  #events: StreamEvents | undefined;
  #peer: MemoryStream | undefined;
  /** Sent before the connection stands; undefined afterwards. */
  #waiting: Uint8Array[] | undefined = [];
  #isOver = false;

  constructor(network: MemoryIpNetwork, options: MemoryStreamOptions) {
    this.#network = network;
    this.local = options.local;
    this.remote = options.remote;
    this.#onOver = options.onOver;
    this.#isTaken = options.isTaken ?? (() => true);
    this.#onDelivered = options.onDelivered ?? (() => undefined);
  }

  hear(events: StreamEvents): void {
    if (!this.#isOver) this.#events = events;
  }

  /** The other end is known, on the accepting side first. */
  pair(connecting: MemoryStream): void {
    this.#peer = connecting;
    this.transmit(() => connecting.#establish(this));
    this.#flush();
  }

  send(bytes: Uint8Array): void {
    if (this.#isOver) return;
    const copy = bytes.slice();
    if (this.#waiting !== undefined) this.#waiting.push(copy);
    else this.#transmitBytes(copy);
  }

  close(): void {
    if (this.#isOver) return;
    this.#end();
    if (this.#waiting === undefined) this.#transmitEnd();
  }

  /** It is over because the other end, or the network, says so. */
  finish(error: SocketError | undefined): void {
    if (this.#isOver) return;
    const events = this.#events;
    this.#end();
    events?.onClosed(error);
  }

  /** Has `piece` done at the other end, after everything that was sent before. */
  transmit(piece: () => void): void {
    this.#outgoing.push(piece);
    if (!this.#isSending) this.#sendFirst();
  }

  #establish(accepted: MemoryStream): void {
    this.#peer = accepted;
    this.#events?.onConnected();
    this.#flush();
  }

  #flush(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const bytes of waiting) this.#transmitBytes(bytes);
    if (this.#isOver) this.#transmitEnd();
  }

  #transmitBytes(bytes: Uint8Array): void {
    this.transmit(() => {
      this.#peer?.receive(bytes);
      this.#onDelivered(bytes.length);
    });
  }

  receive(bytes: Uint8Array): void {
    this.#events?.onData(bytes);
  }

  #transmitEnd(): void {
    this.transmit(() => this.#peer?.finish(undefined));
  }

  #end(): void {
    this.#events = undefined;
    this.#isOver = true;
    this.#onOver();
  }

  #sendFirst(): void {
    const piece = this.#outgoing.shift();
    if (piece === undefined) return;
    const { clock } = this.#network;
    const delay = this.#isTaken()
      ? this.#network.transit(this.local.address, this.remote.address)
      : undefined;
    if (delay === undefined) return this.#sendAgain(piece);
    this.#lost = 0;
    this.#lastArrival = Math.max(this.#lastArrival, clock.now() + delay);
    clock.after(this.#lastArrival - clock.now(), piece);
    this.#sendFirst();
  }

  #sendAgain(piece: () => void): void {
    this.#outgoing.unshift(piece);
    this.#isSending = true;
    this.#lost += 1;
    if (this.#lost > MOST_RETRANSMISSIONS) return this.finish(refusal("ETIMEDOUT", "send"));
    this.#network.clock.after(RETRANSMISSION, () => {
      this.#isSending = false;
      this.#sendFirst();
    });
  }
}
