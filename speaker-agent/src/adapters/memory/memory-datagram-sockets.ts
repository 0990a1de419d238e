import { sameIpAddress } from "@steelyard/model/address";
import { err, type Result } from "@steelyard/model/foundation";
import {
  type ConnectedDatagramEvents,
  type ConnectedDatagramSocket,
  type DatagramEvents,
  type DatagramSocket,
  type DatagramSockets,
} from "../../ports/datagram-socket.ts";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import { type MemoryIpHost, type MemoryIpNetwork } from "./memory-ip-network.ts";
import { MemoryPorts, refusal } from "./memory-ports.ts";

const MAX_DATAGRAM_BYTES = 65_507;

/** What a port of a simulated host does with what comes to it. */
interface Receiver {
  receive(bytes: Uint8Array, from: SocketAddress): void;
  /** Somebody's kernel says that nobody listens where we have sent. */
  hearRefusal(from: SocketAddress): void;
  close(): void;
}

/** UDP of a host in a {@link MemoryIpNetwork}. */
export class MemoryDatagramSockets implements DatagramSockets {
  readonly #network: MemoryIpNetwork;
  readonly #host: MemoryIpHost;
  readonly #ports = new MemoryPorts<Receiver>();

  constructor(network: MemoryIpNetwork, host: MemoryIpHost) {
    this.#network = network;
    this.#host = host;
  }

  async bind(local: SocketAddress, events: DatagramEvents): Promise<Result<DatagramSocket, SocketError>> {
    if (!this.#host.owns(local.address)) return err(refusal("EADDRNOTAVAIL", "bind"));
    return this.#ports.take(local, (bound) => new BoundSocket(this, bound, events));
  }

  connect(remote: SocketAddress, events: ConnectedDatagramEvents): ConnectedDatagramSocket {
    const address = this.#host.addressTowards(remote.address);
    if (address === undefined) return new UnconnectedSocket(events);
    const taken = this.#ports.take(
      { address, port: 0 },
      (local) => new ConnectedSocket(this, { local, remote }, events),
    );
    return taken.ok ? taken.value : new UnconnectedSocket(events);
  }

  closeAll(): void {
    for (const receiver of this.#ports.holders()) receiver.close();
  }

  /** The code of a refusal by this host's own kernel. */
  transmit(
    from: SocketAddress,
    to: SocketAddress,
    bytes: Uint8Array,
  ): "EMSGSIZE" | "ENETUNREACH" | undefined {
    if (bytes.length > MAX_DATAGRAM_BYTES) return "EMSGSIZE";
    if (from.address.family !== to.address.family) return "ENETUNREACH";
    const copy = bytes.slice();
    this.#network.carry(from.address, to.address, (host) => host.datagrams.arrive(copy, from, to));
    return undefined;
  }

  arrive(bytes: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const receiver = this.#ports.holder(to);
    if (receiver !== undefined) receiver.receive(bytes, from);
    else this.#network.carry(to.address, from.address, (host) => host.datagrams.arriveRefusal(from, to));
  }

  arriveRefusal(local: SocketAddress, from: SocketAddress): void {
    this.#ports.holder(local)?.hearRefusal(from);
  }

  release(local: SocketAddress): void {
    this.#ports.release(local);
  }

  later(run: () => void): void {
    this.#network.clock.after(0, run);
  }
}

class BoundSocket implements DatagramSocket, Receiver {
  readonly local: SocketAddress;
  readonly #sockets: MemoryDatagramSockets;
  readonly #events: DatagramEvents;
  #closed = false;

  constructor(sockets: MemoryDatagramSockets, local: SocketAddress, events: DatagramEvents) {
    this.#sockets = sockets;
    this.local = local;
    this.#events = events;
  }

  send(bytes: Uint8Array, to: SocketAddress): void {
    if (this.#closed) return;
    const code = this.#sockets.transmit(this.local, to, bytes);
    if (code === undefined) return;
    this.#sockets.later(() => {
      if (!this.#closed) this.#events.onSendFailed(to, refusal(code, "send"));
    });
  }

  receive(bytes: Uint8Array, from: SocketAddress): void {
    this.#events.onDatagram(bytes, from);
  }

  /** Kernels tell this to connected sockets only. */
  hearRefusal(): void {
    return undefined;
  }

  close(): void {
    if (!this.#closed) this.#sockets.release(this.local);
    this.#closed = true;
  }
}

class ConnectedSocket implements ConnectedDatagramSocket, Receiver {
  readonly #sockets: MemoryDatagramSockets;
  readonly #local: SocketAddress;
  readonly #remote: SocketAddress;
  readonly #events: ConnectedDatagramEvents;
  #closed = false;

  constructor(
    sockets: MemoryDatagramSockets,
    { local, remote }: { readonly local: SocketAddress; readonly remote: SocketAddress },
    events: ConnectedDatagramEvents,
  ) {
    this.#sockets = sockets;
    this.#local = local;
    this.#remote = remote;
    this.#events = events;
  }

  send(bytes: Uint8Array): void {
    if (this.#closed) return;
    const code = this.#sockets.transmit(this.#local, this.#remote, bytes);
    if (code === undefined) return;
    this.#sockets.later(() => {
      if (!this.#closed) this.#events.onError(refusal(code, "send"));
    });
  }

  receive(bytes: Uint8Array, from: SocketAddress): void {
    if (this.#isPeer(from)) this.#events.onDatagram(bytes);
  }

  hearRefusal(from: SocketAddress): void {
    if (this.#isPeer(from)) this.#events.onError(refusal("ECONNREFUSED", "recv"));
  }

  close(): void {
    if (!this.#closed) this.#sockets.release(this.#local);
    this.#closed = true;
  }

  #isPeer({ address, port }: SocketAddress): boolean {
    return port === this.#remote.port && sameIpAddress(address, this.#remote.address);
  }
}

/** To an address of a family the host does not have. */
class UnconnectedSocket implements ConnectedDatagramSocket {
  readonly #events: ConnectedDatagramEvents;
  #closed = false;

  constructor(events: ConnectedDatagramEvents) {
    this.#events = events;
  }

  send(): void {
    if (!this.#closed) this.#events.onError(refusal("ENETUNREACH", "connect"));
  }

  close(): void {
    this.#closed = true;
  }
}
