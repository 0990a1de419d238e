import type { BatchSocket, SteelyardAddon } from "../../../native/addon.d.ts";
import { type IpFamily } from "@steelyard/model/address";
import { type Clock, type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { BatchMemory } from "./batch-memory.ts";
import { onlyDefaultRoutes } from "./default-route-filter.ts";
import {
  encodeRouteDumpRequest,
  readRouteMessages,
  type ReadRouteMessages,
  type RouteMessage,
} from "./default-route-messages.ts";
import { filterWords } from "./filter-words.ts";

/** Indexes of the links through which a default route leaves, in whatever table. */
export type DefaultRoutes = Readonly<Record<IpFamily, ReadonlySet<number>>>;

export interface DefaultRouteListener {
  /** At first, and whenever they are others than before. */
  readonly onRoutes: (routes: DefaultRoutes) => void;
  readonly onError: (error: Error) => void;
}

const NETLINK_ROUTE = 0;
/** RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE (linux/rtnetlink.h). */
const EVENT_GROUPS = Uint32Array.of(1, 5, 7, 11);
const NO_GROUPS = new Uint32Array(0);
const RECEIVE_BUFFER_BYTES = 1 << 20;
/** Few, so that a table of hundreds of thousands comes in pieces between which others have their turn. */
const SLOTS = 2;
const SLOT_BYTES = 32 * 1024;

/** What changes together is read once: `ip route replace` is one event, DHCP several. */
const COALESCE: Millis = 20;
/** However long a reading takes (a full table of BGP: about a second), this many times as long nothing is read again. */
const REST_PER_READING = 10;
/** A reading that has brought nothing for so long has lost its end. */
const PATIENCE: Millis = 5000;
const AFTER_FAILURE: Millis = 1000;
/** A table that changes all the time is never read in one piece; default routes tell of their own changes anyway. */
const MOST_INTERRUPTIONS = 3;
/** EAFNOSUPPORT, EOPNOTSUPP: a kernel without IPv6 has no routes of it. */
const FAMILY_UNKNOWN = [97, 95];

interface Reading {
  readonly startedAt: Instant;
  readonly found: Record<IpFamily, Set<number>>;
  family: IpFamily;
  sequence: number;
  interrupted: boolean;
  lastHeard: Instant;
}

/**
 * Which links carry a default route: read whole, and read again when an event says that a default route changed. IPv4
 * routes vanish without an event when their link goes down or loses an address, so these events count, too.
 */
export class DefaultRouteWatch {
  readonly #addon: SteelyardAddon;
  readonly #clock: Clock;
  readonly #listener: DefaultRouteListener;
  readonly #memory = new BatchMemory(SLOTS, SLOT_BYTES);

  #events: BatchSocket | undefined;
  #requests: BatchSocket | undefined;
  #reading: Reading | undefined;
  #interruptions = 0;
  /** Something changed since the reading in progress began. */
  #outdated = false;
  #sequence = 0;
  #told: DefaultRoutes | undefined;
  /** Links that have carried a default route, and whether they were up when last heard of. */
  readonly #carriers = new Map<number, boolean | undefined>();
  #restUntil: Instant | undefined;
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(addon: SteelyardAddon, clock: Clock, listener: DefaultRouteListener) {
    this.#addon = addon;
    this.#clock = clock;
    this.#listener = listener;
  }

  start(): void {
    this.#closeSockets();
    try {
      this.#events = this.#open(EVENT_GROUPS, (read) => this.#onEvents(read));
      this.#addon.setFilter(this.#events, filterWords(onlyDefaultRoutes));
      this.#requests = this.#open(NO_GROUPS, (read) => this.#onAnswers(read));
      this.#read();
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  close(): void {
    this.#closed = true;
    this.#closeSockets();
  }

  #open(groups: Uint32Array, onDatagram: (read: ReadRouteMessages) => void): BatchSocket {
    const { slab, lengths } = this.#memory;
    return this.#addon.openNetlinkSocket({
      protocol: NETLINK_ROUTE,
      groups,
      receiveBufferBytes: RECEIVE_BUFFER_BYTES,
      slab,
      lengths,
      onBatch: (count) => {
        for (const datagram of this.#memory.datagrams(count)) {
          if (!this.#closed) onDatagram(readRouteMessages(datagram));
        }
      },
      // Events were lost: the table as it is now has what they said.
      onError: (error) => (error.code === "ENOBUFS" ? this.#readSoon() : this.#fail(error)),
    });
  }

  #closeSockets(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#reading = undefined;
    for (const socket of [this.#events, this.#requests]) if (socket) this.#addon.close(socket);
    this.#events = undefined;
    this.#requests = undefined;
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.#listener.onError(error);
    this.#closeSockets();
    // Until they can be read there are none, so that addresses on a subnet of ours are announced nevertheless.
    this.#tell(this.#told ?? { IPv4: new Set(), IPv6: new Set() });
    this.#cancel = this.#clock.after(AFTER_FAILURE, () => this.start());
  }

  #onEvents({ messages }: ReadRouteMessages): void {
    if (messages.some((message) => this.#matters(message))) this.#readSoon();
  }

  #matters(message: RouteMessage): boolean {
    if (message.kind !== "link-event") return message.kind !== "done";
    const { index, what } = message;
    if (!this.#carriers.has(index)) return false;
    if (what === "address-gone") return true;
    const before = this.#carriers.get(index);
    this.#carriers.set(index, what === "up");
    return before !== (what === "up");
  }

  #readSoon(): void {
    if (this.#reading) {
      this.#outdated = true;
      return;
    }
    if (this.#cancel || this.#closed) return;
    const pause = Math.max(COALESCE, (this.#restUntil ?? 0) - this.#clock.now());
    this.#cancel = this.#clock.after(pause, () => this.#read());
  }

  #read(): void {
    const now = this.#clock.now();
    this.#outdated = false;
    const found = { IPv4: new Set<number>(), IPv6: new Set<number>() };
    this.#reading = {
      startedAt: now,
      found,
      family: "IPv4",
      sequence: 0,
      interrupted: false,
      lastHeard: now,
    };
    this.#cancel = this.#clock.after(PATIENCE, () => this.#losePatience());
    this.#request(this.#reading, "IPv4");
  }

  #request(reading: Reading, family: IpFamily): void {
    reading.family = family;
    reading.sequence = ++this.#sequence;
    try {
      if (this.#requests) this.#addon.send(this.#requests, [encodeRouteDumpRequest(family, this.#sequence)]);
    } catch (error) {
      this.#fail(asError(error));
    }
  }

  #losePatience(): void {
    const heard = this.#reading?.lastHeard ?? 0;
    const left = heard + PATIENCE - this.#clock.now();
    if (left > 0) this.#cancel = this.#clock.after(left, () => this.#losePatience());
    else this.#fail(new Error("rtnetlink: the kernel did not finish its list of routes"));
  }

  #onAnswers({ messages, interrupted, malformed }: ReadRouteMessages): void {
    const reading = this.#reading;
    if (reading === undefined) return;
    if (malformed) return this.#fail(new Error("rtnetlink: a list of routes made no sense"));
    reading.lastHeard = this.#clock.now();
    reading.interrupted ||= interrupted;
    for (const message of messages) {
      if (message.kind === "default-route" && message.sequence === reading.sequence)
        this.#note(reading, message);
      if (message.kind === "done" && message.sequence === reading.sequence)
        return this.#listed(reading, message.errno);
    }
  }

  #note({ family, found }: Reading, { links, dead }: Extract<RouteMessage, { kind: "default-route" }>): void {
    for (const index of links) found[family].add(index);
    for (const index of [...links, ...dead])
      if (!this.#carriers.has(index)) this.#carriers.set(index, undefined);
  }

  #listed(reading: Reading, errno: number): void {
    if (errno !== 0 && !FAMILY_UNKNOWN.includes(errno))
      return this.#fail(new Error(`rtnetlink: the kernel refused to list its routes (errno ${errno})`));
    if (reading.family === "IPv4") this.#request(reading, "IPv6");
    else this.#finish(reading);
  }

  #finish({ startedAt, interrupted, found }: Reading): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#reading = undefined;
    const now = this.#clock.now();
    this.#restUntil = instantAfter(now, REST_PER_READING * (now - startedAt));
    this.#interruptions = interrupted ? this.#interruptions + 1 : 0;
    if (interrupted && this.#interruptions <= MOST_INTERRUPTIONS) return this.#readSoon();
    this.#interruptions = 0;
    this.#tell(found);
    if (this.#outdated) this.#readSoon();
  }

  #tell(routes: DefaultRoutes): void {
    const { IPv4, IPv6 } = routes;
    if (this.#told && sameSet(this.#told.IPv4, IPv4) && sameSet(this.#told.IPv6, IPv6)) return;
    this.#told = routes;
    this.#listener.onRoutes(routes);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function sameSet(left: ReadonlySet<number>, right: ReadonlySet<number>): boolean {
  return left.size === right.size && [...left].every((each) => right.has(each));
}
