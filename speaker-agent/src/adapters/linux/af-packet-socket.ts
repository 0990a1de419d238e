import type { BatchSocket, SteelyardAddon } from "../../../native/addon.d.ts";
import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from "../../core/wire/ethernet.ts";
import { type FilterProgram } from "../../core/wire/packet-filter.ts";
import {
  type PacketProtocol,
  type PacketSocket,
  PacketSocketError,
  type PacketSocketEvents,
  type PacketSocketOptions,
  type PacketSockets,
} from "../../ports/packet-socket.ts";
import { BatchMemory } from "./batch-memory.ts";
import { filterWords } from "./filter-words.ts";
import { isSystemError } from "./system-error.ts";

const ETHER_TYPES: Readonly<Record<PacketProtocol, number>> = {
  arp: ETHERTYPE_ARP,
  ipv4: ETHERTYPE_IPV4,
  ipv6: ETHERTYPE_IPV6,
};

/** An ARP packet or a solicitation is far smaller than a slot; a longer frame arrives cut and fails to decode. */
const SLOTS = 64;
const SLOT_BYTES = 2048;

/**
 * What the same call cannot overcome by being repeated: the interface is gone, the right is missing, the program or the
 * frame is malformed. Everything else (ENETDOWN, ENOBUFS, EMFILE …) may pass.
 */
const LASTING = new Set(["ENODEV", "ENXIO", "EPERM", "EACCES", "EINVAL", "EMSGSIZE", "EAFNOSUPPORT"]);

/** AF_PACKET sockets of this host (packet(7)). They need CAP_NET_RAW and nothing else. */
export class AfPacketSockets implements PacketSockets {
  readonly #addon: SteelyardAddon;
  readonly #memory = new BatchMemory(SLOTS, SLOT_BYTES);

  constructor(addon: SteelyardAddon) {
    this.#addon = addon;
  }

  open(options: PacketSocketOptions, events: PacketSocketEvents): PacketSocket {
    const addon = this.#addon;
    const memory = this.#memory;
    const where = `${options.protocol} socket on interface ${String(options.interfaceIndex)}`;
    const socket = attempt(where, () =>
      addon.openPacketSocket({
        interfaceIndex: options.interfaceIndex,
        etherType: ETHER_TYPES[options.protocol],
        filter: filterWords(options.filter),
        slab: memory.slab,
        lengths: memory.lengths,
        onBatch: (count) => events.onFrames(memory.datagrams(count)),
        onError: (error) => events.onError(packetSocketError(where, error)),
      }),
    );
    return new AfPacketSocket(addon, socket, where);
  }
}

class AfPacketSocket implements PacketSocket {
  readonly #addon: SteelyardAddon;
  readonly #socket: BatchSocket;
  readonly #where: string;

  constructor(addon: SteelyardAddon, socket: BatchSocket, where: string) {
    this.#addon = addon;
    this.#socket = socket;
    this.#where = where;
  }

  send(frames: readonly Uint8Array[]): void {
    attempt(this.#where, () => this.#addon.send(this.#socket, frames));
  }

  setFilter(filter: FilterProgram): void {
    attempt(this.#where, () => this.#addon.setFilter(this.#socket, filterWords(filter)));
  }

  close(): void {
    this.#addon.close(this.#socket);
  }
}

/** Translates what the kernel refused; a fault of ours stays what it is and ends the worker. */
function attempt<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw isSystemError(error) ? packetSocketError(where, error) : error;
  }
}

function packetSocketError(where: string, cause: Error & { readonly code: string }): PacketSocketError {
  const verdict = LASTING.has(cause.code) ? "never" : "later";
  return new PacketSocketError(`${where}: ${cause.message}`, { code: cause.code, verdict, cause });
}
