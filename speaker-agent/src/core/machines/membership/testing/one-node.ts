import { type Instant, type Millis } from "@steelyard/model/foundation";
import { seededRandom } from "@steelyard/model/testing";
import { encodedSize } from "../../../wire/gossip/message-codec.ts";
import {
  type AliveMessage,
  type GossipEndpoint,
  type GossipMessage,
  type GossipVersions,
  OWN_VERSIONS,
  type PushPullNode,
  type StreamMessage,
} from "../../../wire/gossip/messages.ts";
import { memberOf } from "../member-table.ts";
import { stepMembership } from "../step.ts";
import { lanTuning, type MembershipTuning } from "../tuning.ts";
import {
  initialMembershipState,
  type Member,
  type MembershipContext,
  type MembershipEffect,
  type MembershipInput,
  type MembershipState,
} from "../types.ts";
import { endpointOf } from "./simulated-ring.ts";

export const nothing = new Uint8Array(0);

type EffectOf<Kind extends MembershipEffect["kind"]> = Extract<MembershipEffect, { kind: Kind }>;

/** One machine, "me" at endpoint 0, that a test talks to directly; its timer fires when the test lets time pass. */
export class OneNode {
  state: MembershipState = initialMembershipState;
  now: Millis = 1_000;
  userState = nothing;
  /** Whether everybody it pings answers, while time passes. */
  answered = false;
  /** Of the last call. */
  effects: readonly MembershipEffect[] = [];
  readonly #context: Omit<MembershipContext, "now">;
  #armed: Millis | undefined;

  constructor(tuning: Partial<MembershipTuning> = {}, seed = 1) {
    this.#context = {
      random: seededRandom(seed),
      options: {
        name: "me",
        endpoint: endpointOf(0),
        tuning: { ...lanTuning, ...tuning },
        datagramOverheadBytes: 0,
      },
      userState: () => this.userState,
      sizeOf: encodedSize,
    };
  }

  /** Started, with nobody listed, and with these members at endpoints 1, 2, … */
  static among(names: readonly string[], tuning?: Partial<MembershipTuning>): OneNode {
    const node = new OneNode(tuning);
    node.take({ kind: "start", meta: nothing });
    node.take({ kind: "peers", peers: [] }).pass(0);
    node.hear(...names.map((name, index) => alive(name, index + 1)));
    return node;
  }

  get context(): MembershipContext {
    return { ...this.#context, now: this.now as Instant };
  }

  take(input: MembershipInput): this {
    this.effects = [];
    this.#step(input);
    return this;
  }

  hear(...messages: readonly GossipMessage[]): this {
    return this.take({ kind: "datagram", from: endpointOf(9), messages });
  }

  /** Lets time pass; the effects of all that happens meanwhile are those of the last call. */
  pass(millis: Millis): this {
    this.effects = [];
    const until = this.now + millis;
    for (let at = this.#armed; at !== undefined && at <= until; at = this.#armed) {
      this.#armed = undefined;
      this.now = Math.max(this.now, at);
      this.#step({ kind: "timer" });
    }
    this.now = until;
    return this;
  }

  /** Until something of that kind happens. */
  passUntil<Kind extends MembershipEffect["kind"]>(
    kind: Kind,
    matches: (effect: EffectOf<Kind>) => boolean = () => true,
  ): EffectOf<Kind> {
    for (let steps = 0; steps < 100_000 && this.#armed !== undefined; steps++) {
      this.pass(this.#armed - this.now);
      const found = this.of(kind).find(matches);
      if (found !== undefined) return found;
    }
    throw new Error(`no ${kind} ever comes`);
  }

  /** Forgets what spreads, so that a test sees only what it causes. */
  quiet(): this {
    this.state = { ...this.state, broadcasts: [], userBroadcasts: [] };
    return this;
  }

  of<Kind extends MembershipEffect["kind"]>(kind: Kind): readonly EffectOf<Kind>[] {
    return this.effects.filter((effect): effect is EffectOf<Kind> => effect.kind === kind);
  }

  /** Messages of one type that the last call sent, with the number of the endpoint they went to. */
  sent<Type extends GossipMessage["type"]>(
    type: Type,
  ): readonly (Extract<GossipMessage, { type: Type }> & { readonly to: number })[] {
    return this.of("send-datagram").flatMap(({ to, messages }) =>
      messages
        .filter((message): message is Extract<GossipMessage, { type: Type }> => message.type === type)
        .map((message) => ({ ...message, to: numberOf(to) })),
    );
  }

  /** What it lets spread, in the order of sending. */
  get spreading(): readonly GossipMessage[] {
    return this.state.broadcasts.map(({ message }) => message);
  }

  member(name: string): Member {
    const member = memberOf(this.state.members, name);
    if (member === undefined) throw new Error(`no member ${name}`);
    return member;
  }

  /** `name=state` of everybody else. */
  get others(): readonly string[] {
    return this.state.members
      .filter(({ name }) => name !== "me")
      .map(({ name, state }) => `${name}=${state}`);
  }

  /** The transitions of the last call as `node to`. */
  get transitions(): readonly string[] {
    return this.of("transition").map(({ node, to }) => `${node} ${to}`);
  }

  /** Somebody connects and says one thing. */
  accept(message: StreamMessage, stream = "in-1"): this {
    this.take({ kind: "stream-accepted", stream, from: endpointOf(9) });
    return this.take({ kind: "stream-message", stream, message });
  }

  #step(input: MembershipInput): void {
    const { state, effects } = stepMembership(this.state, input, this.context);
    this.state = state;
    this.effects = [...this.effects, ...effects];
    const armed = effects.findLast(({ kind }) => kind === "arm");
    if (armed?.kind === "arm") this.#armed = armed.at;
    if (!this.answered) return;
    for (const effect of effects) if (effect.kind === "send-datagram") this.#acknowledge(effect);
  }

  #acknowledge({ to, messages }: EffectOf<"send-datagram">): void {
    for (const message of messages) {
      if (message.type !== "ping") continue;
      const ack = { type: "ack", sequence: message.sequence, payload: nothing } as const;
      this.#step({ kind: "datagram", from: to, messages: [ack] });
    }
  }
}

export function numberOf({ address }: GossipEndpoint): number {
  return Number(address.value - endpointOf(0).address.value);
}

export function alive(node: string, at: number, more: Partial<AliveMessage> = {}): AliveMessage {
  const { meta = nothing, versions = OWN_VERSIONS, incarnation = 1, endpoint = endpointOf(at) } = more;
  return { type: "alive", incarnation, node, endpoint, meta, versions };
}

export function line(node: string, at: number, more: Partial<PushPullNode> = {}): PushPullNode {
  const { incarnation = 1, state = "alive", versions = OWN_VERSIONS, meta = nothing } = more;
  return { node, endpoint: endpointOf(at), meta, incarnation, state, versions };
}

/** Versions whose protocol ends at `maximum`. */
export function protocolUpTo(maximum: number): GossipVersions {
  return { ...OWN_VERSIONS, protocol: { minimum: 1, maximum, current: Math.min(2, maximum) } };
}
