import type { LogSink } from "@steelyard/client";
import { formatIpAddress, type IpAddress, sameIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Millis } from "@steelyard/model/foundation";
import { type Link } from "../core/interfaces/link.ts";
import { stepPeerWatch } from "../core/machines/peer-watch/step.ts";
import {
  type GoneCause,
  initialPeerWatchState,
  type PeerWatchEffect,
  type PeerWatchInput,
  type PeerWatchState,
} from "../core/machines/peer-watch/types.ts";
import { type GossipEndpoint, type GossipMessage } from "../core/wire/gossip/messages.ts";
import { type ConnectedDatagramSocket, type DatagramSockets } from "../ports/datagram-socket.ts";
import { PacketSocketError, type PacketSockets } from "../ports/packet-socket.ts";
import { KernelQuestions } from "./kernel-questions.ts";
import { MachineRunner } from "./machine-runner.ts";

export interface NetioPeerWatchDeps {
  readonly packetSockets: PacketSockets;
  readonly clock: Clock;
  readonly log: LogSink;
  readonly connect: DatagramSockets["connect"];
  /** One datagram of the ring, with its label and cipher. */
  readonly seal: (message: GossipMessage) => Uint8Array;
  /** What a datagram of the ring says; nothing if it is none. */
  readonly open: (bytes: Uint8Array, from: GossipEndpoint) => readonly GossipMessage[];
  readonly onGone: (node: string, cause: GoneCause, silentFor: Millis) => void;
  readonly onBack: (node: string) => void;
}

/** A node that may be pinged, with where it listens. */
export interface PingablePeer {
  readonly name: string;
  readonly endpoint: GossipEndpoint;
}

interface OpenPing {
  readonly endpoint: GossipEndpoint;
  readonly socket: ConnectedDatagramSocket;
}

/** How an ICMP "port unreachable" shows on a connected socket (udp(7)). */
const PORT_UNREACHABLE = "ECONNREFUSED";

/** Answers to pings older than this many are of a time that is over. */
const RECENT_PINGS = 64;

/** Drives the peer watch: pings from a connected socket for each node, and questions to kernels. */
export class NetioPeerWatch {
  readonly #deps: NetioPeerWatchDeps;
  readonly #machine: MachineRunner<PeerWatchState, PeerWatchInput, PeerWatchEffect>;
  readonly #questions: KernelQuestions;
  readonly #pings = new Map<string, OpenPing>();
  #endpoints: ReadonlyMap<string, GossipEndpoint> = new Map();
  #sequence = 0;

  constructor(deps: NetioPeerWatchDeps) {
    this.#deps = deps;
    const { packetSockets, clock } = deps;
    this.#machine = new MachineRunner(
      { name: "peer watch", initial: initialPeerWatchState, step: stepPeerWatch },
      { clock, perform: (effect) => this.#perform(effect) },
    );
    this.#questions = new KernelQuestions({
      packetSockets,
      clock,
      onAnswer: (address) => this.#kernelAnswered(address),
    });
  }

  update(links: readonly Link[]): void {
    this.#questions.update(links);
  }

  /** `members`: everybody alive but this node; `peers`: the names of those to be watched. */
  watch(peers: readonly string[], members: readonly PingablePeer[]): void {
    this.#endpoints = new Map(members.map(({ name, endpoint }) => [name, endpoint]));
    for (const [node, { endpoint }] of this.#pings) {
      const present = this.#endpoints.get(node);
      if (present === undefined || !sameEndpoint(present, endpoint)) this.#disconnect(node);
    }
    const witnesses = members.map(({ name }) => name).sort();
    const known = peers.filter((node) => this.#endpoints.has(node));
    this.#machine.take({ kind: "watch", peers: known, witnesses });
    this.#disconnectIdle();
  }

  stop(): void {
    this.#machine.stop();
    this.#questions.close();
    for (const node of [...this.#pings.keys()]) this.#disconnect(node);
  }

  #perform(effect: PeerWatchEffect): void {
    switch (effect.kind) {
      case "ping":
        return this.#ping(effect.node);
      case "ask-kernel":
        return this.#askKernel(effect.node);
      case "gone":
        return this.#deps.onGone(effect.node, effect.cause, effect.silentFor);
      case "back":
        return this.#deps.onBack(effect.node);
      case "arm":
        return this.#machine.arm("timer", effect.at, { kind: "timer" });
      default:
        return assertNever(effect);
    }
  }

  #ping(node: string): void {
    const endpoint = this.#endpoints.get(node);
    if (endpoint === undefined) return;
    this.#sequence = (this.#sequence + 1) >>> 0;
    const bytes = this.#deps.seal({ type: "ping", sequence: this.#sequence, node });
    (this.#pings.get(node) ?? this.#connect(node, endpoint)).socket.send(bytes);
  }

  #connect(node: string, endpoint: GossipEndpoint): OpenPing {
    const socket = this.#deps.connect(endpoint, {
      onDatagram: (bytes) => this.#receive(node, bytes, endpoint),
      // Other errors are this host's own: a link that is down shows as silence.
      onError: ({ code }) => {
        if (code === PORT_UNREACHABLE) this.#machine.take({ kind: "refused", node });
      },
    });
    const ping = { endpoint, socket };
    this.#pings.set(node, ping);
    return ping;
  }

  #receive(node: string, bytes: Uint8Array, from: GossipEndpoint): void {
    const isAnswer = (message: GossipMessage) =>
      message.type === "ack" && (this.#sequence - message.sequence) >>> 0 < RECENT_PINGS;
    if (this.#deps.open(bytes, from).some(isAnswer)) this.#machine.take({ kind: "heard", node });
  }

  #askKernel(node: string): void {
    const endpoint = this.#endpoints.get(node);
    if (endpoint === undefined) return;
    if (this.#tryAsking(endpoint.address) === "out-of-reach")
      this.#machine.take({ kind: "kernel-out-of-reach", node });
  }

  /** No answer to a question that could not be sent must not look like the silence of a kernel. */
  #tryAsking(address: IpAddress): "asked" | "out-of-reach" {
    try {
      return this.#questions.ask(address);
    } catch (error) {
      if (!(error instanceof PacketSocketError)) throw error;
      this.#deps.log.warn(
        { ip: formatIpAddress(address), error: error.message },
        "the kernel of a node could not be asked whether it is there",
      );
      return "out-of-reach";
    }
  }

  #kernelAnswered(address: IpAddress): void {
    for (const [node, endpoint] of this.#endpoints) {
      if (sameIpAddress(endpoint.address, address)) this.#machine.take({ kind: "kernel-heard", node });
    }
  }

  /** Witnesses are asked once in a while; a socket for each of a thousand nodes would be kept for nothing. */
  #disconnectIdle(): void {
    for (const node of [...this.#pings.keys()]) {
      if (!this.#machine.state.peers.has(node)) this.#disconnect(node);
    }
  }

  #disconnect(node: string): void {
    this.#pings.get(node)?.socket.close();
    this.#pings.delete(node);
  }
}

function sameEndpoint(a: GossipEndpoint, b: GossipEndpoint): boolean {
  return a.port === b.port && sameIpAddress(a.address, b.address);
}
