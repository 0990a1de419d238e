import { type GossipMessage } from "../../wire/gossip/messages.ts";

/** A message that spreads through the ring (rule "TransmitLimitedQueue", queue.go). */
export interface Broadcast {
  /** What it is about: a later message of the same key replaces an earlier one. */
  readonly key: string;
  readonly message: GossipMessage;
  /** Bytes inside a datagram. */
  readonly size: number;
  /** How often it has been sent. */
  readonly transmits: number;
  readonly id: number;
}
