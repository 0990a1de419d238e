import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type ElectionSnapshot, type OwnerPolicy } from "../../election/types.ts";
import { type Capability } from "../../interfaces/capability.ts";
import { type HandOverCause } from "../../wire/agent-messages/messages.ts";
import { type ClaimTrailer } from "../../wire/claim-trailer.ts";
import { type OwnAnnouncement } from "../announcer/types.ts";
import { type MemberView } from "../membership/types.ts";
import { type GoneCause } from "../peer-watch/types.ts";
import { type OwnershipState } from "./state.ts";

/** Fixed for the life of the machine. */
export interface OwnershipConfig {
  /** This node. */
  readonly nodeName: string;
  readonly policy: OwnerPolicy;
  /** Whether there is a ring; without one whoever is Ready counts as alive, and the policy is `hash`. */
  readonly membership: boolean;
  /** When this program started, in milliseconds of the wall clock, as its meta says. */
  readonly startedAt: number;
}

/** What can happen to the ownership. */
export type OwnershipInput =
  /** Once, before anything else. */
  | { readonly kind: "start" }
  | { readonly kind: "snapshot"; readonly snapshot: ElectionSnapshot }
  /** The membership's effect of that name. */
  | { readonly kind: "members"; readonly members: readonly MemberView[] }
  /** The membership's effect of that name: from now on what is known is all there is to know. */
  | { readonly kind: "synced" }
  /** The membership's effects of those names. */
  | { readonly kind: "user-message"; readonly payload: Uint8Array }
  | { readonly kind: "user-state"; readonly payload: Uint8Array }
  /** The peer watch's effects of those names. */
  | { readonly kind: "gone"; readonly node: string; readonly cause: GoneCause; readonly silentFor: Millis }
  | { readonly kind: "back"; readonly node: string }
  /** What this node can announce on; whenever it changes. */
  | { readonly kind: "capability"; readonly capability: Capability }
  /**
   * Somebody else announces, or answers for, an address that this node owns or asks about. `claim`: what its frame carried;
   * undefined for answers, and for whoever knows nothing of claims.
   */
  | {
      readonly kind: "observed";
      readonly address: IpAddress;
      readonly mac: Uint8Array;
      readonly claim: ClaimTrailer | undefined;
    }
  /** The addresses that the announcer really announces now, whole; whenever that changes. */
  | { readonly kind: "announced"; readonly addresses: readonly IpAddress[] }
  /** The program is about to end: give everything away. `drained` answers within `DRAIN_TIME`. */
  | { readonly kind: "drain" }
  | { readonly kind: "timer" };

/** Why an address changed its owner. */
export type MoveCause =
  /** Nobody owned it. */
  | "first"
  /** The former owner is gone, as the peer watch saw it, or as membership did (`holder-gone`). */
  | "holder-gone"
  | "process-gone"
  | "stalled"
  /** It has said goodbye, or says that it has no usable link any more. */
  | "left"
  | `planned:${HandOverCause}`
  /** Somebody else announces it with a later claim. */
  | "yielded"
  /** The order says so, claims or not (policy `hash`). */
  | "order";

/** What the ownership wants done, in this order. */
export type OwnershipEffect =
  /** All addresses that are to be announced, sorted; unchanged entries are the same objects. */
  | { readonly kind: "announce"; readonly announcements: readonly OwnAnnouncement[] }
  /** Announce these once more: somebody with a lesser claim is heard, and has to see ours. */
  | { readonly kind: "announce-again"; readonly addresses: readonly IpAddress[] }
  /** The membership's inputs of those names. */
  | { readonly kind: "broadcast"; readonly key: string; readonly payload: Uint8Array }
  | { readonly kind: "send"; readonly to: string; readonly payload: Uint8Array }
  /** The peer watch's input of that name. */
  | { readonly kind: "watch"; readonly peers: readonly string[]; readonly witnesses: readonly string[] }
  /**
   * An address has come here; or (`yielded`) has gone from here to somebody with a later claim, who told of it when it
   * took it. Of a planned move only the taker tells. `detectionMillis`: from the last sign of life to the verdict, where
   * there was one.
   */
  | {
      readonly kind: "moved";
      readonly address: IpAddress;
      readonly from: string | undefined;
      readonly to: string;
      readonly cause: MoveCause;
      readonly detectionMillis: Millis | undefined;
    }
  /**
   * After `drain`: nothing is gained by waiting longer. What nobody has taken over is still announced, until the program
   * ends.
   */
  | { readonly kind: "drained" }
  /** Give `timer` back at `at`; replaces an earlier arming. There is one timer. */
  | { readonly kind: "arm"; readonly at: Instant }
  /** Something a person wants to read in the log. */
  | { readonly kind: "transition"; readonly address: IpAddress | undefined; readonly because: string }
  | { readonly kind: "report"; readonly report: OwnershipReport };

/** What has changed since the last report. */
export interface OwnershipReport {
  /** The newest snapshot that has been acted upon. */
  readonly snapshotVersion: number;
  /** In force at present, and the end of a sentence that says why. */
  readonly policy: OwnerPolicy;
  readonly because: string;
  /** False = still waiting to hear of the others' claims. */
  readonly settled: boolean;
  /** Whose owner is another than the last report said; undefined = nobody owns it, or it is not to be announced any more. */
  readonly owners: readonly { readonly address: IpAddress; readonly node: string | undefined }[];
  /** User messages that could not be read, since the program started: foreign, newer, or damaged. */
  readonly ignoredMessages: number;
}

/** What a step may look at besides state and input. */
export interface OwnershipContext {
  readonly now: Instant;
  readonly config: OwnershipConfig;
  readonly sha256: (text: string) => Uint8Array;
}

/** What `stepOwnership(state, input, context)` of step.ts returns. The effects are to be performed in order. */
export interface OwnershipStep {
  readonly state: OwnershipState;
  readonly effects: readonly OwnershipEffect[];
}

/** How long after its start a node waits to hear of the others' claims. */
export const SETTLE_TIME: Millis = 2000;
/** From `drain` to `drained` at most. */
export const DRAIN_TIME: Millis = 1200;
/** Between two requests to take over, and how many of them until the next try is put off. */
export const HAND_OVER_INTERVAL: Millis = 100;
export const HAND_OVER_REQUESTS = 10;
/** Before a planned move that nobody answered is tried again; doubled each time. */
export const HAND_OVER_RETRY: Millis = 1000;
export const LONGEST_HAND_OVER_RETRY: Millis = 30_000;
/** An announcement is repeated for a lesser claimant no more often than this. */
export const REPEAT_PAUSE: Millis = 200;
/** How long a successor has to begin announcing. */
export const TAKING_TIME: Millis = 1000;
/** In pure hash order: how long who is no longer first answers on without having seen the other. */
export const GIVING_TIME: Millis = 1000;
/** What the second in line leaves the first to act on a vacancy; the third waits twice as long. */
export const BACKUP_PATIENCE: Millis = 3000;
/** How long a holder that is no candidate any more may go on; doubled each time it was overruled in vain. */
export const OVERRULE_PATIENCE: Millis = 10_000;
/** How long somebody who was seen announcing counts as alive whatever gossip says; doubled each time. */
export const DOUBT_TIME: Millis = 10_000;
/** The same in pure hash order, where two views of the API are the likelier reason. */
export const ORDER_DOUBT_TIME: Millis = 2000;
export const LONGEST_DOUBT: Millis = 600_000;
/** How long the claims of an address that is no more are remembered. */
export const ORPHAN_TIME: Millis = 600_000;
export const MOST_ORPHANS = 20_000;
/** Beyond as many capabilities more than there are members and Ready nodes, those of other nodes are forgotten. */
export const MOST_STRANGERS = 64;
/** Nodes that are watched directly. */
export const MOST_WATCHED = 64;
