import { sameIpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { decodeEthernet, encodeEthernet, ETHERTYPE_IPV4 } from "../../core/wire/ethernet.ts";
import { BFD_PORTS, BFD_TTL, bfdEchoFilter } from "../../core/wire/filter/bfd-filters.ts";
import { decodeIpv4Datagram, encodeIpv4Datagram } from "../../core/wire/ipv4-udp.ts";
import { type MacAddress } from "../../core/wire/mac-address.ts";
import { type BfdEcho, type BfdEchoOptions } from "../../ports/bfd-sockets.ts";
import { type PacketSocket, PacketSocketError, type PacketSockets } from "../../ports/packet-socket.ts";
import { SocketError } from "../../ports/socket-address.ts";

/** A packet to an own address would not leave this host by a UDP socket, and one from an own address not come in. */
export function openBfdEcho(
  sockets: PacketSockets,
  options: BfdEchoOptions,
  onReturned: (payload: Uint8Array) => void,
): Result<BfdEcho, SocketError> {
  const { interfaceIndex, local, remote } = options;
  const echo = new AfPacketBfdEcho(options, onReturned);
  try {
    const socket = sockets.open(
      { interfaceIndex, protocol: "ipv4", filter: bfdEchoFilter(local, remote) },
      { onFrames: (frames) => frames.forEach((frame) => echo.hear(frame)), onError: () => undefined },
    );
    echo.start(socket);
    return ok(echo);
  } catch (error) {
    if (error instanceof PacketSocketError) return err(asSocketError(error));
    throw error;
  }
}

class AfPacketBfdEcho implements BfdEcho {
  readonly #options: BfdEchoOptions;
  readonly #onReturned: (payload: Uint8Array) => void;
  #socket: PacketSocket | undefined;
  /** Who talked to whom in the router's last control packet. */
  #macs: { readonly router: MacAddress; readonly own: MacAddress } | undefined;

  constructor(options: BfdEchoOptions, onReturned: (payload: Uint8Array) => void) {
    this.#options = options;
    this.#onReturned = onReturned;
  }

  start(socket: PacketSocket): void {
    this.#socket = socket;
  }

  hear(bytes: Uint8Array): void {
    const frame = decodeEthernet(bytes);
    const datagram = frame.ok ? decodeIpv4Datagram(frame.value.payload) : frame;
    if (!frame.ok || !datagram.ok) return;
    const { source, payload } = datagram.value;
    if (sameIpAddress(source, this.#options.remote))
      this.#macs = { router: frame.value.source.slice(), own: frame.value.destination.slice() };
    else this.#onReturned(payload);
  }

  send(payload: Uint8Array): SocketError | undefined {
    if (this.#socket === undefined) return undefined;
    if (this.#macs === undefined)
      return new SocketError("the router has not been heard yet", { code: "EHOSTUNREACH" });
    try {
      this.#socket.send([this.#frame(payload, this.#macs)]);
      return undefined;
    } catch (error) {
      if (error instanceof PacketSocketError) return asSocketError(error);
      throw error;
    }
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #frame(payload: Uint8Array, { router, own }: { router: MacAddress; own: MacAddress }): Uint8Array {
    const { local } = this.#options;
    const datagram = encodeIpv4Datagram({
      source: local,
      destination: local,
      ttl: BFD_TTL,
      sourcePort: BFD_PORTS.echo,
      destinationPort: BFD_PORTS.echo,
      payload,
    });
    return encodeEthernet({ destination: router, source: own, etherType: ETHERTYPE_IPV4, payload: datagram });
  }
}

function asSocketError(cause: PacketSocketError): SocketError {
  return new SocketError(cause.message, { code: cause.code, cause });
}
