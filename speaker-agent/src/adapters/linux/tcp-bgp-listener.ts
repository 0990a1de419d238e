import type { BatchSocket, Descriptor, SteelyardAddon } from "../../../native/addon.d.ts";
import { formatIpPrefix, type IpAddress } from "@steelyard/model/address";
import { Socket } from "node:net";
import { type BgpAccept, type BgpListener, type BgpListenerPeer } from "../../ports/bgp-connections.ts";
import { bgpListenerPeerAt } from "../../ports/bgp-listener-peers.ts";
import { type SocketAddress } from "../../ports/socket-address.ts";
import { BatchMemory } from "./batch-memory.ts";
import { IpSocket } from "./ip-socket.ts";
import { readSockaddr } from "./kernel-values.ts";
import { setBgpHops, TcpBgpConnection } from "./tcp-bgp-connection.ts";

const SLOTS = 16;
const SLOT_BYTES = 64;
const BACKLOG = 128;

/** A port of ours to which routers connect. */
export class TcpBgpListener implements BgpListener {
  readonly local: SocketAddress;
  readonly #addon: SteelyardAddon;
  readonly #socket: IpSocket;
  readonly #accept: BgpAccept;
  readonly #memory = new BatchMemory(SLOTS, SLOT_BYTES);
  readonly #listening: BatchSocket;
  #peers: readonly BgpListenerPeer[] = [];
  /** The keys the kernel has, by prefix. */
  #keys = new Map<string, BgpListenerPeer>();
  #isClosed = false;

  /** Takes the bound `socket` over. */
  constructor(addon: SteelyardAddon, socket: IpSocket, local: SocketAddress, accept: BgpAccept) {
    this.#addon = addon;
    this.#socket = socket;
    this.local = { ...local, port: readSockaddr(addon.socketName(socket.descriptor))?.port ?? local.port };
    this.#accept = accept;
    this.#listening = addon.openListeningSocket({
      descriptor: socket.descriptor,
      backlog: BACKLOG,
      slab: this.#memory.slab,
      lengths: this.#memory.lengths,
      onBatch: (count) => this.#takeIn(count),
      // Too many open files, for one: connections go on, and so does the listener.
      onError: () => undefined,
    });
  }

  setPeers(peers: readonly BgpListenerPeer[]): void {
    if (this.#isClosed) return;
    this.#setKeys(peers);
    this.#peers = peers.filter((peer) => peer.password === undefined || this.#hasKey(peer));
    this.#setHops();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#addon.close(this.#listening);
  }

  /** A key that the kernel refuses is told where its peer is dialled; here its peer alone may not connect. */
  #setKeys(peers: readonly BgpListenerPeer[]): void {
    const wanted = new Map(
      peers
        .filter(
          ({ from, password }) => password !== undefined && from.network.family === this.local.address.family,
        )
        .map((peer) => [formatIpPrefix(peer.from), peer]),
    );
    for (const [prefix, { from }] of this.#keys) if (!wanted.has(prefix)) this.#setKey(from, undefined);
    this.#keys = new Map(
      [...wanted].filter(
        ([prefix, { from, password }]) =>
          this.#keys.get(prefix)?.password === password || this.#setKey(from, password),
      ),
    );
  }

  #setKey(from: BgpListenerPeer["from"], password: string | undefined): boolean {
    try {
      this.#socket.setKey(from, password);
      return true;
    } catch {
      return false;
    }
  }

  #hasKey({ from, password }: BgpListenerPeer): boolean {
    return this.#keys.get(formatIpPrefix(from))?.password === password;
  }

  /** The handshake is held by what any of them needs; once accepted, each connection has its own. */
  #setHops(): void {
    const sent = this.#peers.map(({ hops }) => (hops.kind === "security" ? 255 : hops.hops));
    const demanded = this.#peers.map(({ hops }) => (hops.kind === "security" ? 256 - hops.hops : 0));
    if (this.#peers.length > 0) this.#socket.setHops(Math.max(...sent), Math.min(...demanded));
  }

  #takeIn(count: number): void {
    const descriptors = this.#memory.lengths.slice(0, count);
    const addresses = [...descriptors.keys()].map((slot) =>
      readSockaddr(this.#memory.slab.subarray(slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES)),
    );
    descriptors.forEach((descriptor, slot) => {
      const remote = addresses[slot];
      const peer = remote && this.#peerAt(remote);
      if (remote === undefined || peer === undefined) this.#addon.closeDescriptor(descriptor);
      else this.#connect(descriptor, remote, peer);
    });
  }

  #connect(descriptor: Descriptor, remote: SocketAddress, peer: BgpListenerPeer): void {
    const options = this.#optionsOf(descriptor, remote, peer);
    if (options === undefined) return;
    const socket = new Socket({ fd: descriptor, readable: true, writable: true });
    const connection = new TcpBgpConnection(socket, options, {
      remote: { address: remote.address, port: remote.port },
      hasPassword: peer.password !== undefined,
      explain: (error) => error,
    });
    connection.hear(this.#accept(connection, peer));
  }

  /** Undefined, and the connection closed, when the kernel refuses: descriptors may be short, and the router tries again. */
  #optionsOf(
    descriptor: Descriptor,
    { address }: SocketAddress,
    { hops }: BgpListenerPeer,
  ): IpSocket | undefined {
    const socket = new IpSocket(this.#addon, address.family, descriptor);
    try {
      setBgpHops(socket, hops);
      return socket.duplicate();
    } catch {
      socket.close();
      return undefined;
    }
  }

  #peerAt({
    address,
    scope,
  }: {
    readonly address: IpAddress;
    readonly scope: number;
  }): BgpListenerPeer | undefined {
    return bgpListenerPeerAt(this.#peers, address, (name) => this.#isOn(name, scope));
  }

  #isOn(name: string, scope: number): boolean {
    try {
      return this.#addon.interfaceIndex(name) === scope;
    } catch {
      return false;
    }
  }
}
