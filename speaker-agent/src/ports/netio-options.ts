import { type Millis } from "@steelyard/model/foundation";
import { type OwnerPolicy } from "../core/election/types.ts";
import { type MembershipTuning } from "../core/machines/membership/tuning.ts";
import { type GossipEndpoint } from "../core/wire/gossip/messages.ts";

/** What the netio worker is started with, and started anew with after a failure. Plain data. */
export interface NetioOptions {
  /** This node. */
  readonly nodeName: string;
  /** When the program started, in milliseconds of the wall clock: in a roll-out the younger agents take over. */
  readonly startedAt: number;
  readonly policy: OwnerPolicy;
  /** Source of an unanchored regular expression over interface names; undefined = none is excluded. */
  readonly excludeInterfaces: string | undefined;
  /** How often the segment is reminded of each address; 0 = never. */
  readonly refreshInterval: Millis;
  /** Between two questions about addresses of other nodes; 0 = none is asked. */
  readonly wireCheckInterval: Millis;
  /** Undefined = no membership: who counts as alive follows from the Node objects. */
  readonly membership: NetioMembershipOptions | undefined;
}

export interface NetioMembershipOptions {
  /** Where this node listens, and where the others reach it. */
  readonly endpoint: GossipEndpoint;
  readonly tuning: MembershipTuning;
}

/** The ring as the main thread knows it, whole: a later one replaces an earlier one. Without a first one nobody joins. */
export interface RingConfiguration {
  /** Where other members may be found; undefined = nobody knows yet. */
  readonly peers: readonly GossipEndpoint[] | undefined;
  /** AES keys of 32 bytes, the one to encrypt with first; empty = nothing is encrypted. */
  readonly keys: readonly Uint8Array[];
}
