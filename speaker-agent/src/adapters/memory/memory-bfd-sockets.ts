import { type IpAddress, type IpFamily, sameIpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { BFD_TTL } from "../../core/wire/filter/bfd-filters.ts";
import {
  type BfdEcho,
  type BfdEchoOptions,
  type BfdHops,
  type BfdListener,
  type BfdListenOptions,
  type BfdPacket,
  type BfdSender,
  type BfdSenderOptions,
  type BfdSockets,
} from "../../ports/bfd-sockets.ts";
import { type SocketError } from "../../ports/socket-address.ts";
import { MEMORY_DEVICE } from "./memory-bgp-connections.ts";
import { type MemoryIpHost, type MemoryIpNetwork } from "./memory-ip-network.ts";
import { refusal } from "./memory-ports.ts";

/** The index of {@link MEMORY_DEVICE}. */
export const MEMORY_DEVICE_INDEX = 2;

const FIRST_SOURCE_PORT = 49_152;
const SMALLEST_CONTROL_PACKET = 24;

interface Listener {
  readonly options: BfdListenOptions;
  readonly onPacket: (packet: BfdPacket) => void;
}

/** BFD's UDP of a host in a {@link MemoryIpNetwork}, whose hosts forward what others send them. */
export class MemoryBfdSockets implements BfdSockets {
  readonly #network: MemoryIpNetwork;
  readonly #host: MemoryIpHost;
  readonly #listeners = new Set<Listener>();
  #nextPort = FIRST_SOURCE_PORT;

  constructor(network: MemoryIpNetwork, host: MemoryIpHost) {
    this.#network = network;
    this.#host = host;
  }

  listen(options: BfdListenOptions, onPacket: (packet: BfdPacket) => void): Result<BfdListener, SocketError> {
    if (isMissing(options.device)) return err(refusal("ENODEV", "listen"));
    const listener = { options, onPacket };
    this.#listeners.add(listener);
    return ok({ close: () => void this.#listeners.delete(listener) });
  }

  openSender(options: BfdSenderOptions): Result<BfdSender, SocketError> {
    const { local, interface: name, device, hops, remote } = options;
    if (isMissing(name) || isMissing(device)) return err(refusal("ENODEV", "setsockopt"));
    if (local !== undefined && !this.#host.owns(local)) return err(refusal("EADDRNOTAVAIL", "bind"));
    let isOpen = true;
    return ok({
      port: this.#nextPort++,
      send: (bytes) => {
        if (!isOpen) return undefined;
        return this.#send(bytes, {
          from: local ?? this.#host.addressTowards(remote),
          to: remote,
          kind: hops,
        });
      },
      close: () => void (isOpen = false),
    });
  }

  openEcho(
    { local, remote, interfaceIndex }: BfdEchoOptions,
    onReturned: (payload: Uint8Array) => void,
  ): Result<BfdEcho, SocketError> {
    if (interfaceIndex !== MEMORY_DEVICE_INDEX) return err(refusal("ENODEV", "bind"));
    let isOpen = true;
    let isHeard = false;
    const hearing: Listener = {
      options: { hops: { kind: "single-hop" }, family: "IPv4", device: undefined },
      onPacket: (packet) => (isHeard ||= sameIpAddress(packet.remote, remote)),
    };
    this.#listeners.add(hearing);
    return ok({
      send: (payload) => {
        if (!isOpen) return undefined;
        if (!isHeard) return refusal("EHOSTUNREACH", "send");
        const copy = payload.slice();
        this.#network.carry(local, remote, () =>
          this.#network.carry(remote, local, () => (isOpen ? onReturned(copy) : undefined)),
        );
        return undefined;
      },
      close: () => {
        isOpen = false;
        this.#listeners.delete(hearing);
      },
    });
  }

  closeAll(): void {
    this.#listeners.clear();
  }

  #send(
    bytes: Uint8Array,
    { from, to, kind }: { from: IpAddress | undefined; to: IpAddress; kind: BfdHops["kind"] },
  ): SocketError | undefined {
    if (from === undefined) return refusal("ENETUNREACH", "sendto");
    const { hops, noRoute } = this.#network.path(from, to);
    if (noRoute) return refusal("ENETUNREACH", "sendto");
    const arrived = {
      bytes: bytes.slice(),
      remote: from,
      local: to,
      interfaceIndex: MEMORY_DEVICE_INDEX,
      ttl: BFD_TTL + 1 - hops,
    };
    this.#network.carry(from, to, (host) => host.bfd.arrive(arrived, kind));
    return undefined;
  }

  arrive(packet: BfdPacket, kind: BfdHops["kind"]): void {
    for (const { options, onPacket } of [...this.#listeners])
      if (options.hops.kind === kind && passes(packet, options.hops, options.family)) onPacket(packet);
  }
}

/** What the filter of the real socket demands. */
function passes({ bytes, ttl, local }: BfdPacket, hops: BfdHops, family: IpFamily): boolean {
  const minimumTtl = hops.kind === "single-hop" ? BFD_TTL : hops.minimumTtl;
  return (
    local.family === family &&
    ttl >= minimumTtl &&
    bytes.length >= SMALLEST_CONTROL_PACKET &&
    (bytes[0] ?? 0) >> 5 === 1 &&
    bytes.subarray(4, 8).some((byte) => byte !== 0)
  );
}

function isMissing(device: string | undefined): boolean {
  return device !== undefined && device !== MEMORY_DEVICE;
}
