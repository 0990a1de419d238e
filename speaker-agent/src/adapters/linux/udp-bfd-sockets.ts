import type { SteelyardAddon } from "../../../native/addon.d.ts";
import { type IpAddress, type IpFamily, ipAddressFromBytes } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { BFD_PORTS, BFD_TTL, bfdControlFilter } from "../../core/wire/filter/bfd-filters.ts";
import {
  type BfdEcho,
  type BfdEchoOptions,
  type BfdListener,
  type BfdListenOptions,
  type BfdPacket,
  type BfdSender,
  type BfdSenderOptions,
  type BfdSockets,
} from "../../ports/bfd-sockets.ts";
import { type PacketSockets } from "../../ports/packet-socket.ts";
import { SocketError } from "../../ports/socket-address.ts";
import { socketError } from "../node/socket-addresses.ts";
import { openBfdEcho } from "./af-packet-bfd-echo.ts";
import { BatchMemory } from "./batch-memory.ts";
import { filterWords } from "./filter-words.ts";
import { IpSocket } from "./ip-socket.ts";
import { SOCK_DGRAM, sockaddr } from "./kernel-values.ts";

const SLOTS = 32;
/** A control packet with the longest authentication has 52 bytes. */
const SLOT_BYTES = 128;
/** What the addon puts before each datagram (addon.d.ts). */
const ORIGIN_BYTES = 40;

/** RFC 5881, section 4. */
const FIRST_SOURCE_PORT = 49_152;
const SOURCE_PORTS = 65_536 - FIRST_SOURCE_PORT;

const ANY: Readonly<Record<IpFamily, IpAddress>> = {
  IPv4: { family: "IPv4", value: 0n },
  IPv6: { family: "IPv6", value: 0n },
};

/** UDP sockets with BFD's ports, TTLs and filters; echo packets by a packet socket. */
export class UdpBfdSockets implements BfdSockets {
  readonly #addon: SteelyardAddon;
  readonly #packetSockets: PacketSockets;
  readonly #memory = new BatchMemory(SLOTS, SLOT_BYTES);
  #ports = 0;

  constructor(addon: SteelyardAddon, packetSockets: PacketSockets) {
    this.#addon = addon;
    this.#packetSockets = packetSockets;
  }

  listen(options: BfdListenOptions, onPacket: (packet: BfdPacket) => void): Result<BfdListener, SocketError> {
    const { hops, family } = options;
    const port = BFD_PORTS[hops.kind];
    try {
      const socket = this.#openListening(options);
      const listening = this.#addon.openDatagramSocket({
        descriptor: socket.descriptor,
        slab: this.#memory.slab,
        lengths: this.#memory.lengths,
        onBatch: (count) => this.#tellOf(count, family, onPacket),
        // Memory that is short, for one: the next packets are heard again.
        onError: () => undefined,
      });
      const close = () => this.#addon.close(listening);
      try {
        const minimumTtl = hops.kind === "single-hop" ? BFD_TTL : hops.minimumTtl;
        this.#addon.setFilter(listening, filterWords(bfdControlFilter(family, minimumTtl)));
        socket.bind({ address: ANY[family], port });
      } catch (error) {
        close();
        throw error;
      }
      return ok({ close });
    } catch (error) {
      return err(listenError(socketError(error), port));
    }
  }

  openSender(options: BfdSenderOptions): Result<BfdSender, SocketError> {
    const { remote, hops } = options;
    const to = sockaddr({ address: remote, port: BFD_PORTS[hops] });
    try {
      const { socket, port } = this.#openSending(options);
      return ok(new UdpBfdSender(this.#addon, socket, { port, to }));
    } catch (error) {
      return err(socketError(error));
    }
  }

  openEcho(options: BfdEchoOptions, onReturned: (payload: Uint8Array) => void): Result<BfdEcho, SocketError> {
    return openBfdEcho(this.#packetSockets, options, onReturned);
  }

  /** Not bound yet, so that no packet slips in before the filter. */
  #openListening({ family, device }: BfdListenOptions): IpSocket {
    return IpSocket.open(this.#addon, { family, type: SOCK_DGRAM }, (socket) => {
      socket.onlyOwnFamily();
      socket.askForOrigins();
      // The port is wanted once for every VRF and once outside of them, which the kernel allows only to those that share.
      socket.reuseAddress();
      if (device !== undefined) socket.bindDevice(device);
    });
  }

  /** A port that another session, or program, has is passed over. */
  #openSending(options: BfdSenderOptions): { socket: IpSocket; port: number } {
    for (let attempt = 1; ; attempt++) {
      const port = FIRST_SOURCE_PORT + (this.#ports++ % SOURCE_PORTS);
      try {
        return { socket: this.#openSendingFrom(port, options), port };
      } catch (error) {
        if (socketError(error).code !== "EADDRINUSE" || attempt === SOURCE_PORTS) throw error;
      }
    }
  }

  #openSendingFrom(port: number, { remote, interface: name, local, device }: BfdSenderOptions): IpSocket {
    return IpSocket.open(this.#addon, { family: remote.family, type: SOCK_DGRAM }, (socket) => {
      const bound = name ?? device;
      if (bound !== undefined) socket.bindDevice(bound);
      socket.onlyOwnFamily();
      socket.setHops(BFD_TTL, 0);
      socket.keepFewBytes();
      socket.bind({ address: local ?? ANY[remote.family], port });
    });
  }

  #tellOf(count: number, family: IpFamily, onPacket: (packet: BfdPacket) => void): void {
    for (const datagram of this.#memory.datagrams(count)) {
      const packet = bfdPacket(datagram, family);
      if (packet !== undefined) onPacket(packet);
    }
  }
}

class UdpBfdSender implements BfdSender {
  readonly port: number;
  readonly #addon: SteelyardAddon;
  readonly #to: Uint8Array;
  #socket: IpSocket | undefined;

  constructor(
    addon: SteelyardAddon,
    socket: IpSocket,
    { port, to }: { readonly port: number; readonly to: Uint8Array },
  ) {
    this.#addon = addon;
    this.#socket = socket;
    this.port = port;
    this.#to = to;
  }

  send(bytes: Uint8Array): SocketError | undefined {
    if (this.#socket === undefined) return undefined;
    try {
      this.#addon.sendTo(this.#socket.descriptor, this.#to, bytes);
      return undefined;
    } catch (error) {
      return socketError(error);
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }
}

/** Reads the head that the addon has put before the datagram. */
function bfdPacket(datagram: Uint8Array, family: IpFamily): BfdPacket | undefined {
  const length = family === "IPv4" ? 4 : 16;
  const remote = ipAddressFromBytes(datagram.subarray(0, length));
  const local = ipAddressFromBytes(datagram.subarray(16, 16 + length));
  if (remote === undefined || local === undefined) return undefined;
  const head = new DataView(datagram.buffer, datagram.byteOffset, ORIGIN_BYTES);
  return {
    bytes: datagram.subarray(ORIGIN_BYTES),
    remote,
    local,
    interfaceIndex: head.getUint32(32),
    ttl: head.getUint8(38),
  };
}

function listenError(cause: SocketError, port: number): SocketError {
  if (cause.code !== "EADDRINUSE") return cause;
  return new SocketError(`another program on this node, such as another BFD daemon, has UDP port ${port}`, {
    code: cause.code,
    cause,
  });
}
