import { type IpAddress } from "@steelyard/model/address";
import { type Claim } from "../../election/claim.ts";
import { type Capability } from "../../interfaces/capability.ts";

/** What agents say to each other beyond membership, as user messages of the ring (README.md). */
export type AgentMessage = ClaimsMessage | HandOverMessage | CapabilityMessage;

/** Who owns what. Spread by everybody to whom it was news. */
export interface ClaimsMessage {
  readonly kind: "claims";
  /**
   * Somebody has seen these claimants announce just now, on the wire: whoever takes them for dead, because gossip does not
   * reach them, is wrong.
   */
  readonly witnessed: boolean;
  readonly claims: readonly Claim[];
}

/** Why a node gives addresses away. */
export type HandOverCause = "drain" | "candidate" | "preference" | "capability";

/** A request: take these over; I answer on until I see that you do. */
export interface HandOverMessage {
  readonly kind: "hand-over";
  readonly cause: HandOverCause;
  readonly from: string;
  readonly to: string;
  /** With the epochs by which `from` owns them. */
  readonly addresses: readonly { readonly address: IpAddress; readonly epoch: number }[];
}

/** What a node can announce on. */
export interface CapabilityMessage {
  readonly kind: "capability";
  readonly node: string;
  /** A later statement of a node replaces an earlier one. Below 2^48. */
  readonly sequence: number;
  readonly capability: Capability;
}
