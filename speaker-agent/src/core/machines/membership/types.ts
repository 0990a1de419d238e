import { type Instant, type Random } from "@steelyard/model/foundation";
import {
  type GossipEndpoint,
  type GossipMessage,
  type GossipNodeState,
  type GossipVersions,
  type StreamMessage,
} from "../../wire/gossip/messages.ts";
import { type Broadcast } from "./broadcast-queue.ts";
import { type MembershipTuning } from "./tuning.ts";

/** Names one stream for as long as it is open. Those the machine connects begin with "out-"; the shell names the accepted ones, otherwise. */
export type StreamId = string;

/** What can happen to the membership. */
export type MembershipInput =
  /** The sockets are bound; nothing else counts before it. */
  | { readonly kind: "start"; readonly meta: Uint8Array }
  /**
   * Where others may be found, whole: a later list replaces an earlier one. This node's own endpoint is ignored, and so is
   * the order.
   */
  | { readonly kind: "peers"; readonly peers: readonly GossipEndpoint[] }
  /** What one datagram carried, deciphered and checked, in order; `from` is its source. */
  | { readonly kind: "datagram"; readonly from: GossipEndpoint; readonly messages: readonly GossipMessage[] }
  /** The kernel refused a datagram to there, or somebody answered "port unreachable". */
  | { readonly kind: "unreachable"; readonly to: GossipEndpoint }
  /** Somebody has connected. */
  | { readonly kind: "stream-accepted"; readonly stream: StreamId; readonly from: GossipEndpoint }
  /** A stream of ours stands; what was to be sent is being sent. */
  | { readonly kind: "stream-connected"; readonly stream: StreamId }
  /** The one message the other side sends. */
  | { readonly kind: "stream-message"; readonly stream: StreamId; readonly message: StreamMessage }
  /** It is gone: refused, reset, ended, or what came could not be read. Not sent after `close-stream`. */
  | { readonly kind: "stream-closed"; readonly stream: StreamId; readonly because: string }
  /** The instant of the last `arm` has come. Too early, too late or twice does no harm. */
  | { readonly kind: "timer" }
  /** A user message to everybody, at most `maxBroadcastBytes(options)` of user-messages.ts; a later one of the same key replaces an earlier that is still spreading. */
  | { readonly kind: "broadcast"; readonly key: string; readonly payload: Uint8Array }
  /** A user message straight to one node: in a datagram where it fits in one, else over a stream. Lost when the node is unknown or dead. */
  | { readonly kind: "send"; readonly to: string; readonly payload: Uint8Array }
  /** This node's own bytes in everybody's table, at most 512. */
  | { readonly kind: "meta"; readonly meta: Uint8Array }
  /** Say goodbye; `left` answers within a second. */
  | { readonly kind: "leave" };

/** What the membership wants done, in this order. */
export type MembershipEffect =
  /** One datagram; several messages travel as a compound. `checksum` = the receiver understands one (protocol version 5). */
  | {
      readonly kind: "send-datagram";
      readonly to: GossipEndpoint;
      readonly messages: readonly GossipMessage[];
      readonly checksum: boolean;
    }
  /** Connect and send `message` at once; `stream-connected`, `stream-message` or `stream-closed` answers. */
  | {
      readonly kind: "connect-stream";
      readonly stream: StreamId;
      readonly to: GossipEndpoint;
      readonly message: StreamMessage;
    }
  /** The answer on a stream that was accepted. */
  | { readonly kind: "send-stream"; readonly stream: StreamId; readonly message: StreamMessage }
  /** Close it when everything has been sent. */
  | { readonly kind: "close-stream"; readonly stream: StreamId }
  /** Give `timer` back at `at`; replaces an earlier arming. There is one timer. */
  | { readonly kind: "arm"; readonly at: Instant }
  /** Everybody known, this node among them, sorted by name; after every step that changed anything of it. */
  | { readonly kind: "members"; readonly members: readonly MemberView[] }
  | { readonly kind: "user-message"; readonly payload: Uint8Array }
  /** The user state of somebody who exchanged tables with us; never empty. */
  | { readonly kind: "user-state"; readonly payload: Uint8Array }
  /**
   * The table is as good as it gets for now. `with-peers`: tables have been exchanged with whoever of the listed could be
   * reached; once. `alone`: nobody is listed, or nobody could be reached; once, and perhaps followed by `with-peers`.
   */
  | { readonly kind: "synced"; readonly how: "with-peers" | "alone" }
  /** The goodbye is out, or nobody is there to hear it, or a second has passed. */
  | { readonly kind: "left" }
  /** Something a person wants to read in the log. */
  | {
      readonly kind: "transition";
      readonly node: string;
      readonly to: MembershipTransition;
      readonly because: string;
    };

/**
 * `refuting`: somebody took this node for dead, and it says otherwise. `conflict`: two nodes of one name, or one whose address
 * changed too early. `reached`/`unreachable`: a listed peer that could or could not be joined (`node` is its endpoint).
 * `stream-only`: it answers streams, but no datagrams. `stalled`: this process itself was stopped for a while.
 */
export type MembershipTransition =
  | GossipNodeState
  | "refuting"
  | "conflict"
  | "reached"
  | "unreachable"
  | "stream-only"
  | "stalled"
  | "refused";

/** A node as the others of this program see it. */
export interface MemberView {
  readonly name: string;
  readonly endpoint: GossipEndpoint;
  readonly meta: Uint8Array;
  /** `dead` = failed, `left` = said goodbye; both stay in the table for a while. */
  readonly state: GossipNodeState;
}

/** Fixed for the life of the machine. */
export interface MembershipOptions {
  /** This node: the Kubernetes node name. */
  readonly name: string;
  /** Where the others reach this node; its sockets are bound there. */
  readonly endpoint: GossipEndpoint;
  readonly tuning: MembershipTuning;
  /** Bytes of a datagram that are not messages: label, cipher, checksum. */
  readonly datagramOverheadBytes: number;
}

/** What a step may look at besides state and input. */
export interface MembershipContext {
  readonly now: Instant;
  readonly random: Random;
  readonly options: MembershipOptions;
  /** The user state that the next exchange of tables carries. */
  readonly userState: () => Uint8Array;
  /** Bytes of a message inside a datagram, before compression. */
  readonly sizeOf: (message: GossipMessage) => number;
}

/** A node as the protocol needs it. */
export interface Member extends MemberView {
  /** Of the endpoint: equal for equal ones. */
  readonly endpointKey: string;
  readonly incarnation: number;
  /** When `state` last changed. */
  readonly since: Instant;
  readonly versions: GossipVersions;
}

/** A node we suspect; becomes dead when nothing refutes it in time (rule "suspicion", suspicion.go). */
export interface Suspicion {
  readonly startedAt: Instant;
  /** Confirmations that bring the timeout down to its minimum; 0 = it is at its minimum from the start. */
  readonly wanted: number;
  readonly minimumMillis: number;
  readonly maximumMillis: number;
  /** Who suspects: the first, who does not count as a confirmation, and at most `wanted` more. */
  readonly from: readonly string[];
  readonly deadline: Instant;
  /** Of the ping that asks the node itself before it is taken for dead. */
  readonly lastPing: number | undefined;
}

/** The one probe under way (rule "probeNode", state.go). */
export interface Probe {
  readonly node: string;
  readonly incarnation: number;
  readonly endpoint: GossipEndpoint;
  readonly sequence: number;
  /** Until then only a direct ack is waited for; undefined = others have been asked. */
  readonly directUntil: Instant | undefined;
  readonly deadline: Instant;
  readonly nacksExpected: number;
  readonly nacks: number;
  /** Whether the node has answered over a stream. */
  readonly answeredStream: boolean;
}

/** A ping sent for somebody else (rule "handleIndirectPing", net.go). */
export interface Relay {
  /** Of our ping. */
  readonly sequence: number;
  readonly requester: { readonly endpoint: GossipEndpoint; readonly sequence: number };
  readonly nack: boolean;
  readonly deadline: Instant;
}

/** What an open stream is for. `table` = exchange of tables; `join` = the same with a listed peer. */
export type StreamPurpose =
  | { readonly kind: "table"; readonly node: string }
  | { readonly kind: "join" }
  | { readonly kind: "ping"; readonly sequence: number }
  | { readonly kind: "user" }
  | { readonly kind: "accepted" };

export interface OpenStream {
  readonly id: StreamId;
  readonly purpose: StreamPurpose;
  readonly endpoint: GossipEndpoint;
  readonly deadline: Instant;
}

/** A listed peer, and how joining it went. */
export interface ListedPeer {
  readonly endpoint: GossipEndpoint;
  readonly endpointKey: string;
  /** Attempts that failed since the last that did not. */
  readonly failures: number;
  /** Whether it was tried at all, with any outcome. */
  readonly tried: boolean;
  /** Not tried again before. */
  readonly notBefore: Instant;
}

/** The greatest number heard of each broadcast, by what it is about, in two generations. */
export interface HeardBroadcasts {
  readonly recent: ReadonlyMap<bigint, number>;
  readonly older: ReadonlyMap<bigint, number>;
}

/** `idle`: not started. `leaving`: the goodbye is spreading. `left`: it is out; the machine answers pings, nothing more. */
export type MembershipPhase = "idle" | "running" | "leaving" | "left";

/** Everything the membership remembers. */
export interface MembershipState {
  readonly phase: MembershipPhase;
  /** This node's own, and the last sequence number given out; both only grow. */
  readonly incarnation: number;
  readonly sequence: number;
  /** Sorted by name; this node is one of them. */
  readonly members: readonly Member[];
  /** Names in the order in which they are probed, shuffled anew each round. */
  readonly probeOrder: readonly string[];
  readonly probeIndex: number;
  readonly probe: Probe | undefined;
  readonly relays: readonly Relay[];
  readonly suspicions: ReadonlyMap<string, Suspicion>;
  /** Lifeguard's local health, 0 = good; below `tuning.awarenessMaxMultiplier`. */
  readonly awareness: number;
  readonly broadcasts: readonly Broadcast[];
  readonly userBroadcasts: readonly Broadcast[];
  /** Stamps broadcasts, so that of two equal ones the newer goes first. */
  readonly broadcastId: number;
  readonly streams: readonly OpenStream[];
  readonly streamId: number;
  /** Undefined = nobody has said yet. */
  readonly peers: readonly ListedPeer[] | undefined;
  /** Listed peers that are no living members, as long as neither list nor table changes. */
  readonly missing:
    | {
        readonly peers: readonly ListedPeer[];
        readonly members: readonly Member[];
        readonly missing: readonly ListedPeer[];
      }
    | undefined;
  readonly nextProbeAt: Instant;
  readonly nextGossipAt: Instant;
  readonly nextTableAt: Instant;
  readonly nextJoinAt: Instant;
  /** Until then `synced` waits for the listed peers to be tried. */
  readonly patienceUntil: Instant;
  /** Whether a table of somebody else has been taken. */
  readonly exchanged: boolean;
  readonly synced: "no" | "alone" | "with-peers";
  /** When the goodbye counts as said. */
  readonly leaveBy: Instant | undefined;
  /** What has been complained about lately, with the instant. */
  readonly complaints: ReadonlyMap<string, Instant>;
  /** Tells this start of the program from earlier ones, in what it broadcasts. */
  readonly run: number;
  /** Of the last broadcast of this node; only grows. */
  readonly userSequence: number;
  readonly heard: HeardBroadcasts;
  /** What the timer is armed for. */
  readonly armedFor: Instant | undefined;
}

/** What `stepMembership(state, input, context)` of step.ts returns. The effects are to be performed in order. */
export interface MembershipStep {
  readonly state: MembershipState;
  readonly effects: readonly MembershipEffect[];
}

/** Later than anything. */
export const never = Infinity as Instant;

/** The machine before it is started. */
export const initialMembershipState: MembershipState = {
  phase: "idle",
  incarnation: 0,
  sequence: 0,
  members: [],
  probeOrder: [],
  probeIndex: 0,
  probe: undefined,
  relays: [],
  suspicions: new Map(),
  awareness: 0,
  broadcasts: [],
  userBroadcasts: [],
  broadcastId: 0,
  streams: [],
  streamId: 0,
  peers: undefined,
  missing: undefined,
  nextProbeAt: never,
  nextGossipAt: never,
  nextTableAt: never,
  nextJoinAt: never,
  patienceUntil: never,
  exchanged: false,
  synced: "no",
  leaveBy: undefined,
  complaints: new Map(),
  run: 0,
  userSequence: 0,
  heard: { recent: new Map(), older: new Map() },
  armedFor: undefined,
};
