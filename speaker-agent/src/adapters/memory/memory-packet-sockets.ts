import { type Link } from "../../core/interfaces/link.ts";
import { decodeEthernet, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../core/wire/ethernet.ts";
import { MAX_INSTRUCTIONS } from "../../core/wire/filter/instructions.ts";
import { runFilter } from "../../core/wire/filter/run-filter.ts";
import { type FilterProgram } from "../../core/wire/packet-filter.ts";
import {
  type PacketProtocol,
  type PacketSocket,
  PacketSocketError,
  type PacketSocketEvents,
  type PacketSocketOptions,
  type PacketSockets,
} from "../../ports/packet-socket.ts";
import { type ArrivedFrame, type MemoryLinks } from "./memory-links.ts";

const ETHER_TYPES: Readonly<Record<PacketProtocol, number>> = {
  arp: ETHERTYPE_ARP,
  ipv4: ETHERTYPE_IPV4,
  ipv6: ETHERTYPE_IPV6,
};

/** Packet sockets of a simulated host; they run the real filter programs and fail as those of Linux do. */
export class MemoryPacketSockets implements PacketSockets {
  readonly #links: MemoryLinks;

  constructor(links: MemoryLinks) {
    this.#links = links;
  }

  open(options: PacketSocketOptions, events: PacketSocketEvents): PacketSocket {
    if (this.#links.find(options.interfaceIndex) === undefined) throw refusal("ENODEV", "never");
    checkFilter(options.filter);
    return new MemoryPacketSocket(options, events, this.#links);
  }
}

class MemoryPacketSocket implements PacketSocket {
  readonly #options: PacketSocketOptions;
  readonly #events: PacketSocketEvents;
  readonly #links: MemoryLinks;
  readonly #unsubscribe: readonly (() => void)[];
  #filter: FilterProgram;
  #closed = false;

  constructor(options: PacketSocketOptions, events: PacketSocketEvents, links: MemoryLinks) {
    this.#options = options;
    this.#events = events;
    this.#links = links;
    this.#filter = options.filter;
    this.#unsubscribe = [
      links.onFrame((frame) => this.#receive(frame)),
      links.onChange((before, after) => this.#linkChanged(before, after)),
    ];
    if (links.find(options.interfaceIndex)?.running !== true) this.#fail();
  }

  send(frames: readonly Uint8Array[]): void {
    const link = this.#links.find(this.#options.interfaceIndex);
    if (link === undefined) throw refusal("ENXIO", "never");
    if (!link.running) throw refusal("ENETDOWN", "later");
    for (const frame of frames) this.#links.transmit(link.index, frame);
  }

  setFilter(filter: FilterProgram): void {
    checkFilter(filter);
    this.#filter = filter;
  }

  close(): void {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  #receive({ interfaceIndex, bytes, packetType }: ArrivedFrame): void {
    if (interfaceIndex !== this.#options.interfaceIndex) return;
    const decoded = decodeEthernet(bytes);
    if (!decoded.ok || decoded.value.etherType !== ETHER_TYPES[this.#options.protocol]) return;
    if (packetType === "other-host" || !runFilter(this.#filter, bytes, packetType)) return;
    const slot = bytes.slice();
    this.#events.onFrames([slot]);
    // The port lends frames for the time of the call; whoever keeps one finds it wiped.
    slot.fill(0);
  }

  #linkChanged(before: Link | undefined, after: Link | undefined): void {
    if (before?.index !== this.#options.interfaceIndex || !before.running) return;
    if (after?.running !== true) this.#fail();
  }

  /** As on Linux, a link that goes down and one that goes away are the same news, told once and not within a call. */
  #fail(): void {
    queueMicrotask(() => {
      if (!this.#closed) this.#events.onError(refusal("ENETDOWN", "later"));
    });
  }
}

function checkFilter(filter: FilterProgram): void {
  if (filter.length === 0 || filter.length > MAX_INSTRUCTIONS) throw refusal("EINVAL", "never");
}

function refusal(code: string, verdict: "later" | "never"): PacketSocketError {
  return new PacketSocketError(`simulated packet socket: ${code}`, { code, verdict });
}
