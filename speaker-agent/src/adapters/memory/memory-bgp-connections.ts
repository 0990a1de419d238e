import { type IpAddress } from "@steelyard/model/address";
import { err, ok, type Result } from "@steelyard/model/foundation";
import { isLinkLocal } from "../../core/wire/ipv6-multicast.ts";
import {
  type BgpAccept,
  type BgpConnection,
  type BgpConnectionEvents,
  type BgpConnections,
  type BgpDial,
  type BgpListener,
  type BgpListenerPeer,
} from "../../ports/bgp-connections.ts";
import { bgpDialError } from "../../ports/bgp-dial-errors.ts";
import { bgpListenerPeerAt } from "../../ports/bgp-listener-peers.ts";
import { type SocketAddress, type SocketError } from "../../ports/socket-address.ts";
import {
  type Guard,
  isTaken,
  MemoryBgpConnection,
  type MemoryBgpConnectionOptions,
  timeToLive,
} from "./memory-bgp-connection.ts";
import { type MemoryIpHost, type MemoryIpNetwork } from "./memory-ip-network.ts";
import { MemoryPorts, refusal } from "./memory-ports.ts";
import { MemoryStream } from "./memory-stream.ts";

interface Listener {
  readonly local: SocketAddress;
  readonly accept: BgpAccept;
  peers: readonly BgpListenerPeer[];
}

/** The only interface of a simulated host. */
export const MEMORY_DEVICE = "eth0";

/** What strangers meet: their connection is accepted, and closed at once. */
const OPEN: Guard = { password: undefined, hops: { kind: "hops", hops: 64 } };

const FIRST_PORT = 40_000;

/** TCP with keys and TTLs, of a host in a {@link MemoryIpNetwork}. */
export class MemoryBgpConnections implements BgpConnections {
  readonly #network: MemoryIpNetwork;
  readonly #host: MemoryIpHost;
  readonly #listeners = new MemoryPorts<Listener>();
  readonly #open = new Set<MemoryStream>();
  #nextPort = FIRST_PORT;

  constructor(network: MemoryIpNetwork, host: MemoryIpHost) {
    this.#network = network;
    this.#host = host;
  }

  dial(dial: BgpDial, events: BgpConnectionEvents): BgpConnection {
    const { remote } = dial;
    const address = dial.source ?? this.#host.addressTowards(remote.address) ?? remote.address;
    const connection: MemoryBgpConnection = this.#newConnection(
      { local: { address, port: this.#nextPort++ }, remote },
      { guard: dial, explain: (error) => bgpDialError(error, dial, false) },
    );
    connection.hear(events);
    const code = this.#refusalOf(dial, address);
    const { stream } = connection;
    if (code === undefined)
      stream.transmit(() => {
        if (!connection.isOver) this.#network.hostAt(remote.address)?.bgp.meet(connection);
      });
    else this.#network.clock.after(0, () => connection.refuse(code));
    return connection;
  }

  async listen(
    { local: wanted, device }: { readonly local: SocketAddress; readonly device: string | undefined },
    accept: BgpAccept,
  ): Promise<Result<BgpListener, SocketError>> {
    if (!this.#host.owns(wanted.address)) return err(refusal("EADDRNOTAVAIL", "bind"));
    if (device !== undefined && device !== MEMORY_DEVICE) return err(refusal("ENODEV", "setsockopt"));
    const taken = this.#listeners.take(wanted, (local): Listener => ({ accept, peers: [], local }));
    if (!taken.ok) return taken;
    const listener = taken.value;
    return ok({
      local: listener.local,
      setPeers: (peers) => void (listener.peers = peers),
      close: () => this.#listeners.release(listener.local),
    });
  }

  closeAll(): void {
    this.#listeners.releaseAll();
    for (const stream of this.#open) stream.close();
  }

  /** The first packet of a connection has arrived. */
  meet(dialled: MemoryBgpConnection): void {
    const [local, remote] = [dialled.remote, dialled.stream.local];
    const listener = this.#listeners.holder(local);
    const peer = listener && peerAt(listener, remote.address);
    const connection: MemoryBgpConnection = this.#newConnection({ local, remote }, { guard: peer ?? OPEN });
    connection.far = dialled;
    connection.stream.transmit(() => {
      if (listener === undefined) return dialled.refuse("ECONNREFUSED");
      dialled.far = connection;
      if (peer !== undefined) connection.hear(listener.accept(connection, peer));
      connection.stream.pair(dialled.stream);
      if (peer === undefined) connection.close();
    });
  }

  /** What the port demands of packets from `from`; nobody listens behind undefined. */
  guardTowards(local: SocketAddress, from: IpAddress): Guard | undefined {
    const listener = this.#listeners.holder(local);
    return listener && (peerAt(listener, from) ?? OPEN);
  }

  #newConnection(
    ends: { readonly local: SocketAddress; readonly remote: SocketAddress },
    options: MemoryBgpConnectionOptions,
  ): MemoryBgpConnection {
    const stream: MemoryStream = new MemoryStream(this.#network, {
      ...ends,
      onOver: () => void this.#open.delete(stream),
      isTaken: () => this.#isTaken(connection, ends),
      onDelivered: (length) => connection.whenDelivered(length),
    });
    const connection: MemoryBgpConnection = new MemoryBgpConnection(stream, options);
    this.#open.add(stream);
    return connection;
  }

  #isTaken(
    { guard, far }: MemoryBgpConnection,
    { local, remote }: { readonly local: SocketAddress; readonly remote: SocketAddress },
  ): boolean {
    const { hops } = this.#network.path(local.address, remote.address);
    const other = far?.guard ?? this.#network.hostAt(remote.address)?.bgp.guardTowards(remote, local.address);
    return isTaken(guard, other ?? OPEN, hops);
  }

  #refusalOf(
    { remote, interface: name, source, device, hops }: BgpDial,
    from: IpAddress,
  ): string | undefined {
    if ([name, device].some((each) => each !== undefined && each !== MEMORY_DEVICE)) return "ENODEV";
    if (source !== undefined && !this.#host.owns(source)) return "EADDRNOTAVAIL";
    if (isLinkLocal(remote.address) && name === undefined) return "EINVAL";
    const path = this.#network.path(from, remote.address);
    if (path.noRoute || !this.#host.owns(from)) return "ENETUNREACH";
    return path.hops > timeToLive(hops) ? "EHOSTUNREACH" : undefined;
  }
}

function peerAt({ peers }: Listener, address: IpAddress): BgpListenerPeer | undefined {
  return bgpListenerPeerAt(peers, address, (name) => name === MEMORY_DEVICE);
}
