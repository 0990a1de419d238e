import { ipAddress } from "@steelyard/model/address";
import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import { encodedSize } from "../../../wire/gossip/message-codec.ts";
import {
  type GossipEndpoint,
  type GossipMessage,
  type GossipNodeState,
  type StreamMessage,
} from "../../../wire/gossip/messages.ts";
import { stepMembership } from "../step.ts";
import { lanTuning, type MembershipTuning } from "../tuning.ts";
import {
  initialMembershipState,
  type MemberView,
  type MembershipContext,
  type MembershipEffect,
  type MembershipInput,
  type MembershipState,
} from "../types.ts";
import { EventQueue } from "./event-queue.ts";

export interface SimulatedRingOptions {
  readonly seed: number;
  readonly tuning?: Partial<MembershipTuning>;
  /** Share of datagrams that are lost. */
  readonly loss?: number;
  /** Every datagram takes a time between these: they overtake each other. */
  readonly delayMillis?: readonly [Millis, Millis];
  /** Whether to count bytes, which takes most of the time. */
  readonly countsBytes?: boolean;
}

/** Bytes of Ethernet, IP and UDP, which each datagram costs beside its payload. */
const PACKET_OVERHEAD = 14 + 20 + 8;

/** What one node has sent. */
export interface SentTraffic {
  datagrams: number;
  datagramBytes: number;
  streams: number;
  streamBytes: number;
}

/** One transition some node has logged. */
export interface LoggedTransition {
  readonly at: Millis;
  readonly by: string;
  readonly node: string;
  readonly to: string;
}

/** One run of one node's program. */
class SimulatedNode {
  readonly name: string;
  readonly endpoint: GossipEndpoint;
  readonly context: Omit<MembershipContext, "now">;
  state: MembershipState = initialMembershipState;
  /** `crashed`: the host is off the network. */
  crashed = false;
  pausedUntil = 0;
  readonly backlog: MembershipInput[] = [];
  timer = 0;
  members: readonly MemberView[] = [];
  readonly effects: MembershipEffect[] = [];
  readonly messages: string[] = [];
  synced: string[] = [];

  constructor(name: string, endpoint: GossipEndpoint, context: Omit<MembershipContext, "now">) {
    this.name = name;
    this.endpoint = endpoint;
    this.context = context;
  }
}

/** Two ends of a stream; either may be gone already. */
interface SimulatedStream {
  readonly client: { readonly node: SimulatedNode; readonly id: string };
  readonly server: { readonly node: SimulatedNode; readonly id: string };
}

/** Datagrams that wait in the socket of a stopped process; the kernel drops what comes later. */
const SOCKET_BACKLOG = 300;

/**
 * Many membership machines on one simulated network, in virtual time: the same seed gives the same run. Datagrams are
 * lost, delayed and overtaken; streams are delayed; the network falls into parts; processes are stopped, hosts go away.
 */
export class SimulatedRing {
  readonly #events = new EventQueue();
  readonly #random: Random;
  readonly #options: SimulatedRingOptions;
  readonly #tuning: MembershipTuning;
  readonly #nodes = new Map<string, SimulatedNode>();
  readonly #byAddress = new Map<bigint, SimulatedNode>();
  readonly #streams = new Map<string, SimulatedStream>();
  readonly #traffic = new Map<string, SentTraffic>();
  readonly log: LoggedTransition[] = [];
  loss: number;
  #now = 0;
  #streamId = 0;
  #partOf: (name: string) => number = () => 0;

  constructor(options: SimulatedRingOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#tuning = { ...lanTuning, ...options.tuning };
    this.loss = options.loss ?? 0;
  }

  get now(): Millis {
    return this.#now;
  }

  get random(): Random {
    return this.#random;
  }

  /** Nodes that run, paused or not. */
  get running(): readonly string[] {
    return [...this.#nodes.values()].filter((node) => isUp(node)).map(({ name }) => name);
  }

  /** Starts (or starts anew) a node, which is told of everybody who runs. */
  start(index: number, peers: readonly number[] = this.runningIndices()): string {
    const name = nameOf(index);
    const endpoint = endpointOf(index);
    const node = new SimulatedNode(name, endpoint, {
      random: this.#random,
      options: { name, endpoint, tuning: this.#tuning, datagramOverheadBytes: 0 },
      userState: () => new Uint8Array(0),
      sizeOf: this.#options.countsBytes === true ? encodedSize : roughSize,
    });
    this.#nodes.set(name, node);
    this.#byAddress.set(endpoint.address.value, node);
    this.take(name, { kind: "start", meta: new Uint8Array([index & 0xff]) });
    this.list(name, peers);
    return name;
  }

  list(name: string, peers: readonly number[]): void {
    this.take(name, { kind: "peers", peers: peers.map(endpointOf) });
  }

  runningIndices(): readonly number[] {
    return this.running.map((name) => Number(name.slice(1)));
  }

  take(name: string, input: MembershipInput): void {
    const node = this.#nodes.get(name);
    if (node !== undefined) this.#give(node, input);
  }

  crash(name: string): void {
    const node = this.#nodes.get(name);
    if (node !== undefined) node.crashed = true;
  }

  leave(name: string): void {
    this.take(name, { kind: "leave" });
  }

  pause(name: string, millis: Millis): void {
    const node = this.#nodes.get(name);
    if (node === undefined) return;
    node.pausedUntil = this.#now + millis;
    this.#events.add(node.pausedUntil, () => this.#resume(node));
  }

  /** Nodes whose numbers differ do not hear each other. */
  partition(partOf: (name: string) => number): void {
    this.#partOf = partOf;
  }

  heal(): void {
    this.#partOf = () => 0;
  }

  advance(millis: Millis): void {
    const until = this.#now + millis;
    for (let at = this.#events.nextAt; at !== undefined && at <= until; at = this.#events.nextAt) {
      this.#now = at;
      this.#events.take()?.();
    }
    this.#now = until;
  }

  stateOf(name: string): MembershipState {
    return this.#nodes.get(name)?.state ?? initialMembershipState;
  }

  syncedOf(name: string): readonly string[] {
    return this.#nodes.get(name)?.synced ?? [];
  }

  messagesOf(name: string): readonly string[] {
    return this.#nodes.get(name)?.messages ?? [];
  }

  /** What `by` thinks of `name`; undefined = it does not know it. */
  view(by: string, name: string): GossipNodeState | undefined {
    return this.#nodes.get(by)?.members.find((member) => member.name === name)?.state;
  }

  /** Names that `by` takes for alive, sorted. */
  living(by: string): readonly string[] {
    const members = this.#nodes.get(by)?.members ?? [];
    return members.filter(({ state }) => state === "alive").map(({ name }) => name);
  }

  /** Whether every running node takes exactly the running nodes for alive, and suspects nobody. */
  get agrees(): boolean {
    const expected = [...this.running].sort().join(" ");
    return this.running.every((name) => this.living(name).join(" ") === expected && !this.suspects(name));
  }

  suspects(by: string): boolean {
    return this.#nodes.get(by)?.members.some(({ state }) => state === "suspect") ?? false;
  }

  trafficOf(name: string): SentTraffic {
    const before = this.#traffic.get(name);
    if (before !== undefined) return before;
    const none = { datagrams: 0, datagramBytes: 0, streams: 0, streamBytes: 0 };
    this.#traffic.set(name, none);
    return none;
  }

  forgetTraffic(): void {
    this.#traffic.clear();
  }

  #resume(node: SimulatedNode): void {
    if (node.pausedUntil > this.#now) return;
    // A process that wakes up runs its timers before it reads its sockets.
    const waiting = node.backlog.splice(0);
    const timers = waiting.filter(({ kind }) => kind === "timer");
    const others = waiting.filter(({ kind }) => kind !== "timer");
    for (const input of [...timers, ...others]) this.#give(node, input);
  }

  #give(node: SimulatedNode, input: MembershipInput): void {
    if (node.crashed || this.#nodes.get(node.name) !== node) return;
    if (node.pausedUntil > this.#now) {
      if (input.kind !== "datagram" || node.backlog.length < SOCKET_BACKLOG) node.backlog.push(input);
      return;
    }
    const context = { ...node.context, now: this.#now as Instant };
    const { state, effects } = stepMembership(node.state, input, context);
    node.state = state;
    for (const effect of effects) this.#perform(node, effect);
  }

  #perform(node: SimulatedNode, effect: MembershipEffect): void {
    switch (effect.kind) {
      case "arm":
        this.#arm(node, effect.at);
        return;
      case "send-datagram":
        this.#sendDatagram(node, effect);
        return;
      case "connect-stream":
        this.#connect(node, effect);
        return;
      case "send-stream":
        this.#sendStream(node, effect.stream, effect.message);
        return;
      case "close-stream":
        this.#closeStream(node, effect.stream);
        return;
      case "members":
        node.members = effect.members;
        return;
      case "user-message":
        node.messages.push(String.fromCharCode(...effect.payload));
        return;
      case "synced":
        node.synced.push(effect.how);
        return;
      case "transition":
        this.log.push({ at: this.#now, by: node.name, node: effect.node, to: effect.to });
        return;
      case "left":
        this.crash(node.name);
        return;
      case "user-state":
    }
  }

  #arm(node: SimulatedNode, at: Instant): void {
    const timer = ++node.timer;
    this.#events.add(Math.max(at, this.#now), () => {
      if (node.timer === timer) this.#give(node, { kind: "timer" });
    });
  }

  #sendDatagram(
    node: SimulatedNode,
    { to, messages }: Extract<MembershipEffect, { kind: "send-datagram" }>,
  ): void {
    const traffic = this.trafficOf(node.name);
    traffic.datagrams++;
    if (this.#options.countsBytes === true) traffic.datagramBytes += bytesOf(messages);
    if (this.#random.fraction() < this.loss) return;
    const receiver = this.#byAddress.get(to.address.value);
    if (receiver === undefined) return;
    const input = { kind: "datagram", from: node.endpoint, messages } as const;
    this.#later(() => this.#reaches(node, receiver) && this.#give(receiver, input));
  }

  #connect(
    node: SimulatedNode,
    { stream: id, to, message }: Extract<MembershipEffect, { kind: "connect-stream" }>,
  ): void {
    this.#countStream(node, message);
    const receiver = this.#byAddress.get(to.address.value);
    // Nobody there: like a host that is off, it says nothing.
    if (receiver === undefined) return;
    const server = { node: receiver, id: `in-${++this.#streamId}` };
    const stream = { client: { node, id }, server };
    this.#streams.set(`${node.name} ${id}`, stream);
    this.#streams.set(`${receiver.name} ${server.id}`, stream);
    this.#later(() => {
      if (!this.#reaches(node, receiver)) return;
      this.#give(node, { kind: "stream-connected", stream: id });
      this.#give(receiver, { kind: "stream-accepted", stream: server.id, from: node.endpoint });
      this.#give(receiver, { kind: "stream-message", stream: server.id, message });
    });
  }

  #sendStream(node: SimulatedNode, id: string, message: StreamMessage): void {
    this.#countStream(node, message);
    const stream = this.#streams.get(`${node.name} ${id}`);
    if (stream === undefined) return;
    const { client } = stream;
    this.#later(() => {
      if (this.#reaches(node, client.node))
        this.#give(client.node, { kind: "stream-message", stream: client.id, message });
    });
  }

  #closeStream(node: SimulatedNode, id: string): void {
    const stream = this.#streams.get(`${node.name} ${id}`);
    this.#streams.delete(`${node.name} ${id}`);
    if (stream === undefined) return;
    const other = stream.client.node === node && stream.client.id === id ? stream.server : stream.client;
    const close = () => {
      if (!this.#streams.has(`${other.node.name} ${other.id}`) || !this.#reaches(node, other.node)) return;
      this.#streams.delete(`${other.node.name} ${other.id}`);
      this.#give(other.node, { kind: "stream-closed", stream: other.id, because: "it was ended" });
    };
    // After whatever was sent before.
    this.#events.add(this.#now + 2 * this.#delays[1], close);
  }

  #countStream(node: SimulatedNode, message: StreamMessage): void {
    const traffic = this.trafficOf(node.name);
    traffic.streams++;
    if (message.type !== "push-pull" || this.#options.countsBytes !== true) return;
    // A line of the table is as long as the news of a node that lives, and a few bytes for its state.
    for (const { node: name, incarnation, endpoint, meta, versions } of message.nodes)
      traffic.streamBytes +=
        8 + encodedSize({ type: "alive", node: name, incarnation, endpoint, meta, versions });
  }

  #reaches(from: SimulatedNode, to: SimulatedNode): boolean {
    return !from.crashed && !to.crashed && this.#partOf(from.name) === this.#partOf(to.name);
  }

  get #delays(): readonly [Millis, Millis] {
    return this.#options.delayMillis ?? [0.2, 2];
  }

  #later(run: () => unknown): void {
    const [least, most] = this.#delays;
    this.#events.add(this.#now + least + (most - least) * this.#random.fraction(), () => void run());
  }
}

function bytesOf(messages: readonly GossipMessage[]): number {
  const framing = messages.length === 1 ? 0 : 2 + 2 * messages.length;
  return PACKET_OVERHEAD + framing + messages.reduce((sum, message) => sum + encodedSize(message), 0);
}

/** Good enough to fill datagrams about as they would be; the exact size costs most of the time of a run. */
function roughSize(message: GossipMessage): number {
  switch (message.type) {
    case "alive":
      return 95 + message.node.length + message.meta.length;
    case "user":
      return 1 + message.payload.length;
    default:
      return 60;
  }
}

function isUp({ crashed, state }: SimulatedNode): boolean {
  return !crashed && state.phase === "running";
}

export function nameOf(index: number): string {
  return `n${String(index).padStart(3, "0")}`;
}

export function endpointOf(index: number): GossipEndpoint {
  return { address: ipAddress("IPv4", (10n << 24n) + BigInt(index + 1)), port: 7946 };
}
