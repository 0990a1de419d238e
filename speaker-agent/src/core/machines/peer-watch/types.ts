import { type Instant, type Millis } from "@steelyard/model/foundation";

/** What can happen to the watch. Nodes go by their names; who sends pings knows their addresses. */
export type PeerWatchInput =
  /**
   * Replaces the set of peers, by level. `witnesses`: every other member that gossip believes alive, watched or not: by one
   * of them this node can tell whether it is cut off itself.
   */
  | { readonly kind: "watch"; readonly peers: readonly string[]; readonly witnesses: readonly string[] }
  /** An answer to a ping. */
  | { readonly kind: "heard"; readonly node: string }
  /** The node's kernel says that nothing listens on the port (ICMP port unreachable). */
  | { readonly kind: "refused"; readonly node: string }
  /** The node's kernel has answered ARP or neighbour solicitation for the node's own address. */
  | { readonly kind: "kernel-heard"; readonly node: string }
  /** Its kernel cannot be asked: the node is on no segment of ours. */
  | { readonly kind: "kernel-out-of-reach"; readonly node: string }
  | { readonly kind: "timer" };

/** Why a node is taken for gone. */
export type GoneCause = "node-gone" | "process-gone" | "stalled";

export type PeerWatchEffect =
  | { readonly kind: "ping"; readonly node: string }
  | { readonly kind: "ask-kernel"; readonly node: string }
  /** `silentFor`: between the last answer and the verdict. */
  | {
      readonly kind: "gone";
      readonly node: string;
      readonly cause: GoneCause;
      readonly silentFor: Millis;
    }
  | { readonly kind: "back"; readonly node: string }
  /** Give `timer` back at `at`; replaces an earlier arming. */
  | { readonly kind: "arm"; readonly at: Instant };

export interface PeerWatchContext {
  readonly now: Instant;
}

/** A round of questions to a kernel. */
export interface KernelRound {
  /** How many of its questions have been asked. */
  readonly asked: number;
  /** When the next question is due, or after the last one the end of the round. */
  readonly nextAt: Instant;
  readonly answered: boolean;
}

export type PeerState =
  /** Not heard since it is watched. */
  | { readonly at: "unheard" }
  | { readonly at: "up"; readonly heardAt: Instant }
  | {
      readonly at: "silent";
      readonly heardAt: Instant;
      /** When the silence was found to be one. */
      readonly since: Instant;
      /** Undefined = the kernel is out of reach. */
      readonly kernel: KernelRound | undefined;
    }
  | { readonly at: "gone"; readonly cause: GoneCause };

export type WatchedPeer = PeerState & { readonly nextPingAt: Instant };

export interface PeerWatchState {
  /** By node name. */
  readonly peers: ReadonlyMap<string, WatchedPeer>;
  /** Those that are asked for; others are kept only because they are gone. */
  readonly wanted: ReadonlySet<string>;
  readonly witnesses: readonly string[];
  /** When somebody was heard last, by node name; witnesses included. */
  readonly heardAt: ReadonlyMap<string, Instant>;
  readonly armedFor: Instant | undefined;
}

export interface PeerWatchStep {
  readonly state: PeerWatchState;
  readonly effects: readonly PeerWatchEffect[];
}

export const PING_INTERVAL: Millis = 50;
/** More peers than this are pinged more rarely. */
export const PEERS_AT_FULL_RATE = 64;
export const SILENT_INTERVALS = 3;
export const GONE_PING_INTERVAL: Millis = 500;
export const KERNEL_QUESTIONS = 3;
export const KERNEL_QUESTION_INTERVAL: Millis = 20;
/** Between rounds while the kernel answers, or while nobody at all is heard. */
export const KERNEL_PAUSE: Millis = 250;
/** How long a process may be silent whose kernel answers. */
export const STALL_PATIENCE: Millis = 2500;
export const MOST_WITNESSES = 3;

export const initialPeerWatchState: PeerWatchState = {
  peers: new Map(),
  wanted: new Set(),
  witnesses: [],
  heardAt: new Map(),
  armedFor: undefined,
};
