import { err, ok, type Result } from "@steelyard/model/foundation";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import {
  type StreamConnection,
  type StreamConnections,
  type StreamEvents,
  type StreamListener,
} from "../../ports/stream-connections.ts";
import { type MemoryIpHost, type MemoryIpNetwork } from "./memory-ip-network.ts";
import { MemoryPorts, refusal } from "./memory-ports.ts";
import { MemoryStream } from "./memory-stream.ts";

type Accept = (connection: StreamConnection) => StreamEvents;

interface Listener {
  readonly accept: Accept;
}

const FIRST_PORT = 40_000;

/** TCP of a host in a {@link MemoryIpNetwork}. */
export class MemoryStreamConnections implements StreamConnections {
  readonly #network: MemoryIpNetwork;
  readonly #host: MemoryIpHost;
  readonly #listeners = new MemoryPorts<Listener>();
  readonly #open = new Set<MemoryStream>();
  #nextPort = FIRST_PORT;

  constructor(network: MemoryIpNetwork, host: MemoryIpHost) {
    this.#network = network;
    this.#host = host;
  }

  async listen(wanted: SocketAddress, accept: Accept): Promise<Result<StreamListener, SocketError>> {
    if (!this.#host.owns(wanted.address)) return err(refusal("EADDRNOTAVAIL", "listen"));
    const taken = this.#listeners.take(wanted, (local) => ({ accept, local }));
    if (!taken.ok) return taken;
    const { local } = taken.value;
    return ok({ local, close: () => this.#listeners.release(local) });
  }

  connect(remote: SocketAddress, events: StreamEvents): StreamConnection {
    const address = this.#host.addressTowards(remote.address);
    // A host without an address of that family cannot reach it: the first piece is refused by its own kernel.
    const local = { address: address ?? remote.address, port: this.#nextPort++ };
    const stream = this.#newStream(local, remote);
    stream.hear(events);
    if (address === undefined)
      this.#network.clock.after(0, () => stream.finish(refusal("ENETUNREACH", "connect")));
    else stream.transmit(() => this.#network.hostAt(remote.address)?.streams.accept(stream, remote));
    return stream;
  }

  /** Somebody connects to a port of this host. */
  accept(from: MemoryStream, local: SocketAddress): void {
    const listener = this.#listeners.holder(local);
    const stream = this.#newStream(local, from.local);
    if (listener === undefined) return stream.transmit(() => from.finish(refusal("ECONNREFUSED", "connect")));
    stream.hear(listener.accept(stream));
    stream.pair(from);
  }

  closeAll(): void {
    this.#listeners.releaseAll();
    for (const stream of this.#open) stream.close();
  }

  #newStream(local: SocketAddress, remote: SocketAddress): MemoryStream {
    const stream: MemoryStream = new MemoryStream(this.#network, {
      local,
      remote,
      onOver: () => void this.#open.delete(stream),
    });
    this.#open.add(stream);
    return stream;
  }
}
