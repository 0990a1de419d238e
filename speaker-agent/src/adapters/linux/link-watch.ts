import type { BatchSocket, SteelyardAddon } from "../../../native/addon.d.ts";
import { type Clock, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { BatchMemory } from "./batch-memory.ts";
import { type DescribedLink, LinkTable, sameLinks } from "./link-table.ts";
import {
  decodeRtnetlink,
  encodeDumpRequest,
  type RtnetlinkEnvelope,
  type RtnetlinkMessage,
} from "./rtnetlink-messages.ts";

const NETLINK_ROUTE = 0;
/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR (linux/rtnetlink.h). */
const EVENT_GROUPS = Uint32Array.of(1, 5, 9);
const NO_GROUPS = new Uint32Array(0);

const RECEIVE_BUFFER_BYTES = 1 << 20;
/** The kernel fills dump datagrams up to 32 KiB when it sees that the reader takes that much. */
const SLOTS = 8;
const SLOT_BYTES = 32 * 1024;

/** A change is passed on at once, further ones after this long: a bridge that gains 100 ports is one change or two. */
const COALESCE: Millis = 20;
/** Reading the table anew is cheap, but not in a loop. */
const RESTART_INTERVAL: Millis = 100;
/** A dump takes milliseconds; one that has not ended by now has lost its end. */
const DUMP_TIMEOUT: Millis = 5000;

export interface LinkListener {
  readonly onLinks: (links: readonly DescribedLink[]) => void;
  readonly onError: (error: Error) => void;
}

/** A table being read: all links, then all addresses. */
interface Dump {
  readonly table: LinkTable;
  /** Events that arrived meanwhile; they are applied in order once the dump is complete. */
  readonly held: RtnetlinkMessage[];
  stage: "links" | "addresses";
  sequence: number;
}

/**
 * One reader of links and addresses, over NETLINK_ROUTE sockets of our own (reference data-plane.md, section 1): events
 * on one, requests on the other, because a dump on a socket that also receives events breaks off now and then.
 */
export class LinkWatch {
  readonly #addon: SteelyardAddon;
  readonly #clock: Clock;
  readonly #listener: LinkListener;
  readonly #memory = new BatchMemory(SLOTS, SLOT_BYTES);

  #events: BatchSocket | undefined;
  #requests: BatchSocket | undefined;
  #dump: Dump | undefined;
  #table: LinkTable | undefined;
  #sequence = 0;
  #startedAt: Instant | undefined;
  #delivered: { readonly links: readonly DescribedLink[]; readonly at: Instant } | undefined;
  #closed = false;
  /** At most one of each: the end of patience with a dump or the next attempt, and the next delivery. */
  #cancelAttempt: (() => void) | undefined;
  #cancelDelivery: (() => void) | undefined;

  constructor(addon: SteelyardAddon, clock: Clock, listener: LinkListener) {
    this.#addon = addon;
    this.#clock = clock;
    this.#listener = listener;
  }

  /**
   * Starts from nothing: new sockets, then a dump. New sockets also after a loss, because what the old event queue still
   * holds is older than the loss and would undo what the dump says.
   */
  start(): void {
    this.#closeSockets();
    this.#startedAt = this.#clock.now();
    try {
      // The events first: whatever changes after this line is in the dump, in the queue, or in both.
      this.#events = this.#open(EVENT_GROUPS, (bytes) => this.#onEvents(bytes));
      this.#requests = this.#open(NO_GROUPS, (bytes) => this.#onAnswers(bytes));
      this.#dump = { table: new LinkTable(), held: [], stage: "links", sequence: this.#request("links") };
      this.#cancelAttempt = this.#clock.after(DUMP_TIMEOUT, () => {
        this.#fail(
          new Error(`rtnetlink: the kernel did not finish its list of ${this.#dump?.stage ?? "links"}`),
        );
      });
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  close(): void {
    this.#closed = true;
    this.#cancelDelivery?.();
    this.#closeSockets();
  }

  #open(groups: Uint32Array, onDatagram: (bytes: Uint8Array) => void): BatchSocket {
    const { slab, lengths } = this.#memory;
    return this.#addon.openNetlinkSocket({
      protocol: NETLINK_ROUTE,
      groups,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      slab,
      lengths,
      onBatch: (count) => {
        for (const datagram of this.#memory.datagrams(count)) onDatagram(datagram);
      },
      // ENOBUFS is the kernel's way to say that messages were lost: no fault, but everything must be read again.
      onError: (error) => (error.code === "ENOBUFS" ? this.#restart() : this.#fail(error)),
    });
  }

  #closeSockets(): void {
    this.#cancelAttempt?.();
    this.#dump = undefined;
    for (const socket of [this.#events, this.#requests]) if (socket) this.#addon.close(socket);
    this.#events = undefined;
    this.#requests = undefined;
  }

  #request(table: "links" | "addresses"): number {
    const sequence = ++this.#sequence;
    if (this.#requests) this.#addon.send(this.#requests, [encodeDumpRequest(table, sequence)]);
    return sequence;
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.#listener.onError(error);
    this.#restart();
  }

  /** Until the new table is complete the readers keep the old one: stale for a moment is better than empty. */
  #restart(): void {
    if (this.#closed) return;
    this.#closeSockets();
    const notBefore = instantAfter(this.#startedAt ?? this.#clock.now(), RESTART_INTERVAL);
    this.#cancelAttempt = this.#clock.after(Math.max(0, notBefore - this.#clock.now()), () => this.start());
  }

  #decode(bytes: Uint8Array): readonly RtnetlinkEnvelope[] {
    const { envelopes, problems } = decodeRtnetlink(bytes);
    for (const problem of problems) this.#listener.onError(new Error(problem));
    return envelopes;
  }

  #onEvents(bytes: Uint8Array): void {
    if (this.#closed) return;
    const messages = this.#decode(bytes).map(({ message }) => message);
    if (this.#dump) {
      this.#dump.held.push(...messages);
      return;
    }
    let changed = false;
    for (const message of messages) changed = this.#table?.apply(message) === true || changed;
    if (changed) this.#deliverSoon();
  }

  #onAnswers(bytes: Uint8Array): void {
    for (const { sequence, interrupted, message } of this.#decode(bytes)) {
      const dump = this.#dump;
      if (dump === undefined || sequence !== dump.sequence) continue;
      if (interrupted) return this.#restart();
      if (message.kind !== "done") dump.table.apply(message);
      else if (message.errno !== 0) return this.#fail(dumpRefused(dump.stage, message.errno));
      else this.#nextStage(dump);
    }
  }

  #nextStage(dump: Dump): void {
    if (dump.stage === "links") {
      dump.stage = "addresses";
      dump.sequence = this.#request("addresses");
      return;
    }
    this.#cancelAttempt?.();
    this.#dump = undefined;
    for (const message of dump.held) dump.table.apply(message);
    this.#table = dump.table;
    this.#deliverSoon();
  }

  #deliverSoon(): void {
    if (this.#cancelDelivery) return;
    const since = this.#delivered === undefined ? COALESCE : this.#clock.now() - this.#delivered.at;
    if (since >= COALESCE) return this.#deliver();
    this.#cancelDelivery = this.#clock.after(COALESCE - since, () => {
      this.#cancelDelivery = undefined;
      this.#deliver();
    });
  }

  #deliver(): void {
    const links = this.#table?.links();
    if (links === undefined || (this.#delivered && sameLinks(this.#delivered.links, links))) return;
    this.#delivered = { links, at: this.#clock.now() };
    this.#listener.onLinks(links);
  }
}

function dumpRefused(stage: Dump["stage"], errno: number): Error {
  return new Error(`rtnetlink: the kernel refused to list its ${stage} (errno ${String(errno)})`);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
