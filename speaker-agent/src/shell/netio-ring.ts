import type { LogSink } from "@steelyard/client";
import { type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { type MemberView } from "../core/machines/membership/types.ts";
import { type GoneCause } from "../core/machines/peer-watch/types.ts";
import { type GossipCipher } from "../core/wire/gossip/encryption.ts";
import { type DatagramSockets } from "../ports/datagram-socket.ts";
import { type RingConfiguration } from "../ports/netio-options.ts";
import { type PacketSockets } from "../ports/packet-socket.ts";
import { type StreamConnections } from "../ports/stream-connections.ts";
import { NetioMembership, type NetioMembershipConfig } from "./netio-membership.ts";
import { NetioPeerWatch } from "./netio-peer-watch.ts";

export interface NetioRingConfig extends NetioMembershipConfig {
  /** What everybody's table says of this node; at most 512 bytes. */
  readonly meta: Uint8Array;
}

export interface NetioRingDeps {
  readonly datagramSockets: DatagramSockets;
  readonly streamConnections: StreamConnections;
  readonly packetSockets: PacketSockets;
  readonly cipher: GossipCipher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
}

/** What the ring tells, and what it asks. */
export interface NetioRingEvents {
  /** What the next exchange of tables carries for the application. */
  readonly userState: () => Uint8Array;
  readonly onMembers: (members: readonly MemberView[]) => void;
  readonly onUserMessage: (payload: Uint8Array) => void;
  readonly onUserState: (payload: Uint8Array) => void;
  readonly onSynced: () => void;
  readonly onGone: (node: string, cause: GoneCause, silentFor: Millis) => void;
  readonly onBack: (node: string) => void;
}

/** The other agents: the membership, which knows them all in time, and the watch over the few that cannot wait for it. */
export class NetioRing {
  readonly #membership: NetioMembership;
  readonly #watch: NetioPeerWatch;
  readonly #meta: Uint8Array;
  #members: readonly MemberView[] = [];
  #wanted: { readonly peers: readonly string[]; readonly witnesses: readonly string[] } = {
    peers: [],
    witnesses: [],
  };

  constructor({ meta, ...config }: NetioRingConfig, deps: NetioRingDeps, events: NetioRingEvents) {
    this.#meta = meta;
    this.#membership = new NetioMembership(config, {
      ...deps,
      ...events,
      onMembers: (members) => {
        this.#members = members;
        events.onMembers(members);
        this.#updateWatch();
      },
    });
    this.#watch = new NetioPeerWatch({
      ...deps,
      ...events,
      connect: (to, socket) => deps.datagramSockets.connect(to, socket),
      seal: (message) => this.#membership.seal(message),
      open: (bytes, from) => this.#membership.hear(bytes, from),
    });
  }

  start(): void {
    this.#membership.start(this.#meta);
  }

  configure(ring: RingConfiguration): void {
    this.#membership.configure(ring);
  }

  updateLinks(links: readonly Link[]): void {
    this.#watch.update(links);
  }

  broadcast(key: string, payload: Uint8Array): void {
    this.#membership.broadcast(key, payload);
  }

  send(to: string, payload: Uint8Array): void {
    this.#membership.send(to, payload);
  }

  /** Whom to watch directly, and who can vouch for it that this node is not cut off itself. */
  watch(peers: readonly string[], witnesses: readonly string[]): void {
    this.#wanted = { peers, witnesses };
    this.#updateWatch();
  }

  leave(): Promise<void> {
    return this.#membership.leave();
  }

  stop(): void {
    this.#watch.stop();
    this.#membership.stop();
  }

  #updateWatch(): void {
    const { peers, witnesses } = this.#wanted;
    const present = new Set(witnesses);
    this.#watch.watch(
      peers,
      this.#members.filter(({ name }) => present.has(name)),
    );
  }
}
