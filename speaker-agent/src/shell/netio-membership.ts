import type { LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { assertNever, type Clock, type Millis, type Random } from "@steelyard/model/foundation";
import { stepMembership } from "../core/machines/membership/step.ts";
import {
  initialMembershipState,
  type MembershipEffect,
  type MembershipInput,
  type MembershipOptions,
  type MembershipState,
  type MemberView,
} from "../core/machines/membership/types.ts";
import { packMessages } from "../core/wire/gossip/compound.ts";
import { CHECKSUM_BYTES, openDatagram, sealDatagram } from "../core/wire/gossip/datagram.ts";
import { ENCRYPTION_OVERHEAD, type GossipCipher } from "../core/wire/gossip/encryption.ts";
import { type GossipEnvelope } from "../core/wire/gossip/envelope.ts";
import { labelBytes } from "../core/wire/gossip/label.ts";
import { encodedSize, encodeMessage } from "../core/wire/gossip/message-codec.ts";
import { type GossipEndpoint, type GossipMessage } from "../core/wire/gossip/messages.ts";
import { type DatagramSocket, type DatagramSockets } from "../ports/datagram-socket.ts";
import { type NetioMembershipOptions, type RingConfiguration } from "../ports/netio-options.ts";
import { type SocketError } from "../ports/socket-address.ts";
import { type StreamConnections, type StreamListener } from "../ports/stream-connections.ts";
import { GossipStreams } from "./gossip-streams.ts";
import { MachineRunner } from "./machine-runner.ts";
import { UnreadableLog } from "./unreadable-log.ts";

export interface NetioMembershipConfig extends NetioMembershipOptions {
  /** This node: the Kubernetes node name. */
  readonly nodeName: string;
  /** Of the ring, in UTF-8; MetalLB uses none. */
  readonly label?: Uint8Array;
}

export interface NetioMembershipDeps {
  readonly datagramSockets: DatagramSockets;
  readonly streamConnections: StreamConnections;
  readonly cipher: GossipCipher;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: LogSink;
  /** What the next exchange of tables carries for the application. */
  readonly userState: () => Uint8Array;
  readonly onMembers: (members: readonly MemberView[]) => void;
  readonly onUserMessage: (payload: Uint8Array) => void;
  readonly onUserState: (payload: Uint8Array) => void;
  readonly onSynced: (how: "with-peers" | "alone") => void;
}

/** An address that is not on the host yet, or a port of a predecessor that is still ending. */
const BIND_AGAIN: Millis = 1000;

/** The machine keeps datagrams within the tuning's limit; this only splits what no compound can hold. */
const MOST_DATAGRAM_BYTES = 65_000;

interface Sockets {
  readonly datagrams: DatagramSocket;
  readonly listener: StreamListener;
}

/** Drives the membership machine: sockets, streams, bytes, cipher. */
export class NetioMembership {
  readonly #config: NetioMembershipConfig;
  readonly #deps: NetioMembershipDeps;
  readonly #runner: MachineRunner<MembershipState, MembershipInput, MembershipEffect>;
  readonly #streams: GossipStreams;
  readonly #unreadable: UnreadableLog;
  #envelope: GossipEnvelope;
  #meta: Uint8Array | undefined;
  #isConfigured = false;
  #opening: "not-yet" | "opening" | "open" | "stopped" = "not-yet";
  #sockets: Sockets | undefined;
  #leaving: Promise<void> | undefined;
  #onLeft: (() => void) | undefined;

  constructor(config: NetioMembershipConfig, deps: NetioMembershipDeps) {
    const { clock, random, log, userState } = deps;
    this.#config = config;
    this.#deps = deps;
    this.#envelope = firstEnvelope(config, deps.cipher);
    this.#unreadable = new UnreadableLog({ clock, log });
    const context = { random, options: machineOptions(config), userState, sizeOf: encodedSize };
    this.#runner = new MachineRunner(
      {
        name: "membership",
        initial: initialMembershipState,
        step: (state, input, { now }) => stepMembership(state, input, { ...context, now }),
      },
      { clock, perform: (effect) => this.#perform(effect) },
    );
    this.#streams = new GossipStreams({
      connections: deps.streamConnections,
      envelope: () => this.#envelope,
      input: (input) => this.#runner.take(input),
      onUnreadable: (from, error) => this.#unreadable.note(from, error),
    });
  }

  /** Joins the ring as soon as it is configured, too: without the keys nothing may be said. `meta`: at most 512 bytes. */
  start(meta: Uint8Array): void {
    this.#meta = meta;
    this.#openWhenReady();
  }

  configure({ keys, peers }: RingConfiguration): void {
    this.#envelope = { ...this.#envelope, keys };
    if (peers !== undefined) this.#runner.take({ kind: "peers", peers });
    this.#isConfigured = true;
    this.#openWhenReady();
  }

  setMeta(meta: Uint8Array): void {
    this.#meta = meta;
    this.#runner.take({ kind: "meta", meta });
  }

  /** Tells everybody; a later payload of the same key replaces an earlier one. */
  broadcast(key: string, payload: Uint8Array): void {
    this.#runner.take({ kind: "broadcast", key, payload });
  }

  send(to: string, payload: Uint8Array): void {
    this.#runner.take({ kind: "send", to, payload });
  }

  /** Says goodbye; resolves when it is out, a second later at the latest. */
  async leave(): Promise<void> {
    if (this.#opening !== "open") return;
    this.#leaving ??= new Promise((resolve) => {
      this.#onLeft = resolve;
      this.#runner.take({ kind: "leave" });
    });
    await this.#leaving;
  }

  stop(): void {
    this.#opening = "stopped";
    this.#runner.stop();
    this.#streams.closeAll();
    this.#closeSockets();
    this.#onLeft?.();
  }

  /** One datagram of the ring with this message alone, for whoever asks members from a socket of his own. */
  seal(message: GossipMessage): Uint8Array {
    return sealDatagram(encodeMessage(message), this.#envelope, false);
  }

  /**
   * What a datagram says that came to such a socket. The gossip in it is taken in as well: whoever answers a ping adds news
   * to it, and counts them as told.
   */
  hear(bytes: Uint8Array, from: GossipEndpoint): readonly GossipMessage[] {
    const messages = this.#read(bytes, from);
    const gossip = messages.filter(({ type }) => type !== "ack" && type !== "nack");
    if (gossip.length > 0) this.#runner.take({ kind: "datagram", from, messages: gossip });
    return messages;
  }

  #openWhenReady(): void {
    if (this.#opening !== "not-yet" || this.#meta === undefined || !this.#isConfigured) return;
    this.#opening = "opening";
    void this.#open();
  }

  async #open(): Promise<void> {
    const refusal = await this.#tryOpening();
    if (this.#opening === "stopped") return this.#closeSockets();
    if (refusal === undefined) {
      this.#opening = "open";
      return this.#runner.take({ kind: "start", meta: this.#meta ?? new Uint8Array() });
    }
    this.#closeSockets();
    const { address, port } = this.#config.endpoint;
    this.#deps.log.warn(
      { ip: formatIpAddress(address), port, error: refusal.message },
      "the port of the gossip could not be opened; trying again",
    );
    this.#deps.clock.after(BIND_AGAIN, () => {
      if (this.#opening === "opening") void this.#open();
    });
  }

  /** Both or none: a node that hears datagrams but no streams would be a puzzle to the others. */
  async #tryOpening(): Promise<SocketError | undefined> {
    const { datagramSockets, streamConnections } = this.#deps;
    const { endpoint } = this.#config;
    const datagrams = await datagramSockets.bind(endpoint, {
      onDatagram: (bytes, from) => this.#receive(bytes, from),
      onSendFailed: (to, error) => this.#sendFailed(to, error),
    });
    if (!datagrams.ok) return datagrams.error;
    const listener = await streamConnections.listen(endpoint, (connection) =>
      this.#streams.accept(connection),
    );
    if (!listener.ok) {
      datagrams.value.close();
      return listener.error;
    }
    this.#sockets = { datagrams: datagrams.value, listener: listener.value };
    return undefined;
  }

  #closeSockets(): void {
    this.#sockets?.datagrams.close();
    this.#sockets?.listener.close();
    this.#sockets = undefined;
  }

  #receive(bytes: Uint8Array, from: GossipEndpoint): void {
    const messages = this.#read(bytes, from);
    if (messages.length > 0) this.#runner.take({ kind: "datagram", from, messages });
  }

  #read(bytes: Uint8Array, from: GossipEndpoint): readonly GossipMessage[] {
    const opened = openDatagram(bytes, this.#envelope);
    if (!opened.ok) {
      this.#unreadable.note(from, opened.error);
      return [];
    }
    for (const fault of opened.value.faults) this.#unreadable.note(from, fault);
    return opened.value.messages;
  }

  #sendFailed(to: GossipEndpoint, error: SocketError): void {
    // Nobody there is to blame for a datagram that is too long.
    if (error.code === "EMSGSIZE")
      this.#deps.log.warn({ error: error.message }, "a datagram of the gossip was too long");
    else this.#runner.take({ kind: "unreachable", to });
  }

  #perform(effect: MembershipEffect): void {
    switch (effect.kind) {
      case "send-datagram":
        return this.#sendDatagram(effect);
      case "connect-stream":
      case "send-stream":
      case "close-stream":
        return this.#streams.perform(effect);
      case "arm":
        return this.#runner.arm("timer", effect.at, { kind: "timer" });
      case "transition":
        return this.#logTransition(effect);
      case "left":
        return this.#onLeft?.();
      case "members":
        return this.#deps.onMembers(effect.members);
      case "user-message":
        return this.#deps.onUserMessage(effect.payload);
      case "user-state":
        return this.#deps.onUserState(effect.payload);
      case "synced":
        return this.#deps.onSynced(effect.how);
      default:
        return assertNever(effect);
    }
  }

  #sendDatagram({ to, messages, checksum }: Extract<MembershipEffect, { kind: "send-datagram" }>): void {
    for (const payload of packMessages(messages.map(encodeMessage), MOST_DATAGRAM_BYTES))
      this.#sockets?.datagrams.send(sealDatagram(payload, this.#envelope, checksum), to);
  }

  #logTransition({ node, to, because }: Extract<MembershipEffect, { kind: "transition" }>): void {
    const isTrouble = to === "conflict" || to === "stream-only" || to === "stalled" || to === "refused";
    this.#deps.log[isTrouble ? "warn" : "info"]({ member: node, because }, `gossip: ${to}`);
  }
}

function machineOptions({ nodeName, endpoint, tuning, label }: NetioMembershipConfig): MembershipOptions {
  // Keys may come later, so that there has to be room for the cipher in any case.
  const datagramOverheadBytes =
    ENCRYPTION_OVERHEAD[1] + CHECKSUM_BYTES + labelBytes(label ?? new Uint8Array());
  return { name: nodeName, endpoint, tuning, datagramOverheadBytes };
}

function firstEnvelope({ tuning, label }: NetioMembershipConfig, cipher: GossipCipher): GossipEnvelope {
  return {
    label: label ?? new Uint8Array(),
    keys: [],
    encryptionVersion: 1,
    compress: tuning.enableCompression,
    verifyIncoming: tuning.gossipVerifyIncoming,
    verifyOutgoing: tuning.gossipVerifyOutgoing,
    cipher,
  };
}
