import type { BatchSocket, SteelyardAddon } from "../../../native/addon.d.ts";
import { type Clock, type Millis } from "@steelyard/model/foundation";
import {
  type InterfaceAddress,
  type InterfaceAddresses,
  type Refusal,
} from "../../ports/interface-addresses.ts";
import { encodeAddressChange, errnoName } from "./address-changes.ts";
import { BatchMemory } from "./batch-memory.ts";
import { decodeRtnetlink } from "./rtnetlink-messages.ts";

const NETLINK_ROUTE = 0;
const RECEIVE_BUFFER_BYTES = 1 << 18;
const SLOTS = 16;
/** An acknowledgement of a failure repeats the request, which is about a hundred bytes. */
const SLOT_BYTES = 1024;
/** More are not faster, and their acknowledgements have to fit the queue (reference data-plane.md, section 1). */
const MOST_IN_FLIGHT = 64;
/** The kernel answers while it is asked; who hears nothing has lost the answer. */
const PATIENCE: Millis = 2000;

interface Request {
  readonly change: "add" | "remove";
  readonly place: InterfaceAddress;
  readonly onDone: (refusal: Refusal) => void;
}

/** Addresses of this host's interfaces, over a netlink socket that is opened with the first change. Needs NET_ADMIN. */
export class NetlinkInterfaceAddresses implements InterfaceAddresses {
  readonly #addon: SteelyardAddon;
  readonly #clock: Clock;
  readonly #memory = new BatchMemory(SLOTS, SLOT_BYTES);
  readonly #waiting: Request[] = [];
  /** By sequence number. */
  readonly #inFlight = new Map<number, Request>();
  #socket: BatchSocket | undefined;
  #sequence = 0;
  #cancelPatience: (() => void) | undefined;

  constructor(addon: SteelyardAddon, clock: Clock) {
    this.#addon = addon;
    this.#clock = clock;
  }

  add(place: InterfaceAddress, onDone: (refusal: Refusal) => void): void {
    this.#waiting.push({ change: "add", place, onDone });
    this.#sendWaiting(MOST_IN_FLIGHT);
  }

  remove(place: InterfaceAddress, onDone: (refusal: Refusal) => void): void {
    this.#waiting.push({ change: "remove", place, onDone });
    this.#sendWaiting(MOST_IN_FLIGHT);
  }

  /** The kernel carries a request out before the call that sends it returns, so nothing is cut off. */
  close(): void {
    this.#sendWaiting(Infinity);
    this.#cancelPatience?.();
    this.#inFlight.clear();
    if (this.#socket) this.#addon.close(this.#socket);
    this.#socket = undefined;
  }

  #sendWaiting(most: number): void {
    while (this.#inFlight.size < most) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      this.#send(request);
    }
  }

  #send(request: Request): void {
    const sequence = ++this.#sequence;
    this.#inFlight.set(sequence, request);
    try {
      this.#socket ??= this.#open();
      this.#addon.send(this.#socket, [encodeAddressChange(request.change, request.place, sequence)]);
      this.#cancelPatience ??= this.#clock.after(PATIENCE, () => this.#giveUp("ETIMEDOUT"));
    } catch (error) {
      // Told later, as every answer: who asks is not called back while asking.
      const code = (error as { code?: string }).code ?? String(error);
      this.#clock.after(0, () => this.#answer(sequence, code));
    }
  }

  #open(): BatchSocket {
    const { slab, lengths } = this.#memory;
    return this.#addon.openNetlinkSocket({
      protocol: NETLINK_ROUTE,
      groups: new Uint32Array(0),
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      slab,
      lengths,
      onBatch: (count) => {
        for (const datagram of this.#memory.datagrams(count)) this.#onAnswer(datagram);
      },
      onError: ({ code }) => this.#giveUp(code),
    });
  }

  #onAnswer(datagram: Uint8Array): void {
    for (const { sequence, message } of decodeRtnetlink(datagram).envelopes) {
      if (message.kind !== "done") continue;
      this.#answer(sequence, message.errno === 0 ? undefined : errnoName(message.errno));
    }
  }

  #answer(sequence: number, refusal: Refusal): void {
    const request = this.#inFlight.get(sequence);
    this.#inFlight.delete(sequence);
    if (this.#inFlight.size === 0) {
      this.#cancelPatience?.();
      this.#cancelPatience = undefined;
    }
    request?.onDone(refusal);
    this.#sendWaiting(MOST_IN_FLIGHT);
  }

  /** Answers were lost. Whether the changes were made will be seen among the links. */
  #giveUp(code: string): void {
    for (const sequence of [...this.#inFlight.keys()]) this.#answer(sequence, code);
  }
}
