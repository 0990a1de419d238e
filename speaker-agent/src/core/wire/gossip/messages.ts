import { type IpAddress } from "@steelyard/model/address";

/**
 * The messages of hashicorp/memberlist as plain values. Source of the format: memberlist 0.6.0 (`net.go`), the version in
 * MetalLB 0.16.2; the protocol has no document of its own.
 */

/** Where a node listens, for datagrams and for streams. */
export interface GossipEndpoint {
  readonly address: IpAddress;
  /** 0 means "the port everybody uses", as nodes of protocol version 1 send it. */
  readonly port: number;
}

/** Whom to answer, when that is not (or may not be seen from) the source of the datagram. */
export interface ReplyTo extends GossipEndpoint {
  /** Empty when the sender did not say. */
  readonly node: string;
}

export interface PingMessage {
  readonly type: "ping";
  /** 32 bits; comes back in the ack. */
  readonly sequence: number;
  /** Who is meant, so that a node under another name at the same address stays silent; empty means anybody. */
  readonly node: string;
  readonly replyTo?: ReplyTo;
}

/** Asks the receiver to ping somebody else, and to pass the ack on. */
export interface IndirectPingMessage {
  readonly type: "indirect-ping";
  /** 32 bits; the relayed ack and the nack carry it. */
  readonly sequence: number;
  readonly target: GossipEndpoint;
  readonly node: string;
  /** Whether the sender understands a nack (protocol version 4). */
  readonly nack: boolean;
  readonly replyTo?: ReplyTo;
}

export interface AckMessage {
  readonly type: "ack";
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** "I asked in your name, and the target did not answer me": the silence is not the network between us two. */
export interface NackMessage {
  readonly type: "nack";
  readonly sequence: number;
}

export interface SuspectMessage {
  readonly type: "suspect";
  readonly incarnation: number;
  readonly node: string;
  /** Who suspects. */
  readonly from: string;
}

export interface AliveMessage {
  readonly type: "alive";
  readonly incarnation: number;
  readonly node: string;
  readonly endpoint: GossipEndpoint;
  /** At most {@link MAX_META_BYTES}. */
  readonly meta: Uint8Array;
  readonly versions: GossipVersions;
}

/** `from` equal to `node` is a node that leaves. */
export interface DeadMessage {
  readonly type: "dead";
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

export interface UserMessage {
  readonly type: "user";
  readonly payload: Uint8Array;
}

/** What a datagram carries, one or many of them. */
export type GossipMessage =
  | PingMessage
  | IndirectPingMessage
  | AckMessage
  | NackMessage
  | SuspectMessage
  | AliveMessage
  | DeadMessage
  | UserMessage;

export type GossipNodeState = "alive" | "suspect" | "dead" | "left";

/** One line of the table that two nodes exchange over a stream. */
export interface PushPullNode {
  readonly node: string;
  readonly endpoint: GossipEndpoint;
  readonly meta: Uint8Array;
  readonly incarnation: number;
  readonly state: GossipNodeState;
  readonly versions: GossipVersions;
}

/** The whole table and the application's state; the one who connects sends first, the other answers with its own. */
export interface PushPullMessage {
  readonly type: "push-pull";
  /** Whether the sender joins, or compares tables as it does now and then. */
  readonly join: boolean;
  readonly nodes: readonly PushPullNode[];
  readonly userState: Uint8Array;
}

/** Why the other side could not read the stream. */
export interface ErrorMessage {
  readonly type: "error";
  readonly message: string;
}

/** What a stream carries: one message in each direction. */
export type StreamMessage = PushPullMessage | PingMessage | AckMessage | UserMessage | ErrorMessage;

/** A range of versions and the one in use, 8 bits each; all zero when the sender did not say. */
export interface VersionRange {
  readonly minimum: number;
  readonly maximum: number;
  readonly current: number;
}

export interface GossipVersions {
  readonly protocol: VersionRange;
  /** Of the application's messages; memberlist only compares the ranges. */
  readonly delegate: VersionRange;
}

/** What a node of memberlist 0.6.0 says in its default configuration. */
export const OWN_VERSIONS: GossipVersions = {
  protocol: { minimum: 1, maximum: 5, current: 2 },
  delegate: { minimum: 0, maximum: 0, current: 0 },
};

/** Limit of memberlist on a node's own bytes. */
export const MAX_META_BYTES = 512;
/** Longest name that is read: Kubernetes node names have at most 253 characters. */
export const MAX_NAME_BYTES = 512;

/** Bytes a datagram of several messages has before the first of them. */
export const COMPOUND_HEADER_BYTES = 2;
/** Bytes each message of several costs beside its own. */
export const COMPOUND_ENTRY_BYTES = 2;
/** Most messages that one datagram of several takes. */
export const MAX_COMPOUND_MESSAGES = 255;
