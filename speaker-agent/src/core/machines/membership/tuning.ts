import { type Millis } from "@steelyard/model/foundation";

/** The knobs of memberlist that MetalLB exposes, with its names (reference metallb.md, section 4.8). */
export interface MembershipTuning {
  /** For connecting a stream, and again for each message on it. */
  readonly tcpTimeoutMillis: Millis;
  /** How many others are asked to ping a node that does not answer. */
  readonly indirectChecks: number;
  /** A message is sent this often times the digits of the number of nodes. */
  readonly retransmitMult: number;
  readonly suspicionMult: number;
  readonly suspicionMaxTimeoutMult: number;
  /** 0 = tables are compared on joining only. */
  readonly pushPullIntervalMillis: Millis;
  readonly probeIntervalMillis: Millis;
  readonly probeTimeoutMillis: Millis;
  readonly disableTcpPings: boolean;
  /** Most a node slows its probes down when it seems to be the sick one itself. */
  readonly awarenessMaxMultiplier: number;
  readonly gossipIntervalMillis: Millis;
  readonly gossipNodes: number;
  /** How long a dead node is still gossiped to, so that it may refute, and kept in the table. */
  readonly gossipToTheDeadMillis: Millis;
  /** Whether unciphered messages are refused when there is a key. */
  readonly gossipVerifyIncoming: boolean;
  /** Whether messages are ciphered when there is a key. */
  readonly gossipVerifyOutgoing: boolean;
  readonly enableCompression: boolean;
  /** Has no effect: messages are handled as they come, there is no queue to limit. */
  readonly handoffQueueDepth: number;
  /** Largest datagram, cipher included. */
  readonly udpBufferBytes: number;
  /** Has no effect: the library only writes a metric this often. */
  readonly queueCheckIntervalMillis: Millis;
}

export const lanTuning: MembershipTuning = {
  tcpTimeoutMillis: 10_000,
  indirectChecks: 3,
  retransmitMult: 4,
  suspicionMult: 4,
  suspicionMaxTimeoutMult: 6,
  pushPullIntervalMillis: 30_000,
  probeIntervalMillis: 1_000,
  probeTimeoutMillis: 500,
  disableTcpPings: false,
  awarenessMaxMultiplier: 8,
  gossipIntervalMillis: 200,
  gossipNodes: 3,
  gossipToTheDeadMillis: 30_000,
  gossipVerifyIncoming: true,
  gossipVerifyOutgoing: true,
  enableCompression: true,
  handoffQueueDepth: 1024,
  udpBufferBytes: 1400,
  queueCheckIntervalMillis: 30_000,
};

/** `--ml-wan-config`. */
export const wanTuning: MembershipTuning = {
  ...lanTuning,
  tcpTimeoutMillis: 30_000,
  suspicionMult: 6,
  pushPullIntervalMillis: 60_000,
  probeTimeoutMillis: 3_000,
  probeIntervalMillis: 5_000,
  gossipNodes: 4,
  gossipIntervalMillis: 500,
  gossipToTheDeadMillis: 60_000,
};
