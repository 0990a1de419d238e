import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type Claim } from "../../election/claim.ts";
import { type Candidate, type OwnerPolicy } from "../../election/types.ts";
import { type Capability } from "../../interfaces/capability.ts";
import { type HandOverCause } from "../../wire/agent-messages/messages.ts";
import { type OwnAnnouncement } from "../announcer/types.ts";
import { type Field, type Group } from "./lines.ts";
import { emptyScoreMemo, type ScoreMemo } from "./metallb-scores.ts";
import { type Roster } from "./roster.ts";
import { type MoveCause } from "./types.ts";

/** One address as the snapshot has it; the same object as long as nothing of it changes. */
export interface Subject {
  readonly address: IpAddress;
  readonly key: bigint;
  readonly electionKey: IpAddress;
  /** Of the election key, for the spreading order. */
  readonly keyHash: number;
  readonly fresh: boolean;
  readonly group: Group;
  /** This node among the candidates. */
  readonly own: Candidate | undefined;
}

/** The greatest claim known of an address. */
export type KnownClaim = Pick<Claim, "epoch" | "node">;

/** What this node does about an address. */
export type Role =
  | { readonly at: "away" }
  | Owning
  /**
   * Announces with the next epoch, but has not claimed yet: asked to by the present owner (`from`), or because the owner
   * seems dead and may not be (`tentative`). Becomes `owning` when the announcer says that it announces.
   */
  | {
      readonly at: "taking";
      readonly epoch: number;
      readonly from: string;
      readonly cause: MoveCause;
      readonly tentative: boolean;
      readonly until: Instant;
    }
  /** In pure hash order: another is first now, and this node answers on until it has seen it. */
  | {
      readonly at: "giving";
      readonly epoch: number;
      readonly until: Instant;
      readonly nextRequestAt: Instant;
    }
  /** It cannot announce any more, and asks the next to take over without having it. */
  | { readonly at: "parted"; readonly handOver: HandOver };

export interface Owning {
  readonly at: "owning";
  /** Ask the segment before the first announcement. */
  readonly probe: boolean;
  readonly handOver: HandOver | undefined;
  /** Not before then is it announced once more because of a lesser claim. */
  readonly againAt: Instant;
}

/** A planned move under way. */
export interface HandOver {
  readonly cause: HandOverCause;
  /** How many tries have gone unanswered. */
  readonly round: number;
  /** Requests in this try. */
  readonly sent: number;
  readonly to: string;
  readonly nextAt: Instant;
}

/** A former rival that was seen announcing: taken for alive whatever gossip has said of it before. */
export interface Doubt {
  readonly node: string;
  readonly at: Instant;
  readonly until: Instant;
  /** How often in a row. */
  readonly count: number;
}

/** Everything about one address. */
export interface Entry {
  readonly subject: Subject;
  readonly claim: KnownClaim | undefined;
  /** Who may own it now, best first. */
  readonly line: readonly string[];
  readonly role: Role;
  readonly doubt: Doubt | undefined;
  /** A claim of somebody who seemed dead has been answered by a greater one of ours. */
  readonly overbid: { readonly node: string; readonly at: Instant } | undefined;
  /** When this node claimed it last; undefined = never, or in a former run. */
  readonly claimedAt: Instant | undefined;
  /** Since when nobody owns it, or somebody who should not. */
  readonly openSince: Instant | undefined;
  /** How often a holder was overruled, in a row. */
  readonly overruled: number;
  readonly announcement: OwnAnnouncement | undefined;
  /** As told in reports. */
  readonly owner: string | undefined;
}

/** The claim of an address that is in no snapshot. */
export interface Orphan {
  readonly claim: Claim;
  readonly until: Instant;
  /**
   * It was in a snapshot here. Only such are handed to others, or two nodes could keep one alive for ever by telling it to
   * each other.
   */
  readonly wasOurs: boolean;
}

export interface KnownCapability {
  readonly sequence: number;
  readonly capability: Capability;
}

/** Everything the ownership remembers. */
export interface OwnershipState {
  /** The greatest instant seen, and how far the clock has been set back since the start. */
  readonly clock: { readonly last: Instant; readonly behind: Millis } | undefined;
  /** When the first input came. */
  readonly startedAt: Instant | undefined;
  readonly synced: boolean;
  /** New claims may be made: see `maySettle`. Once true it stays so. */
  readonly settled: boolean;
  readonly drainingSince: Instant | undefined;
  readonly drained: boolean;
  /** -1 = no snapshot has come. */
  readonly snapshotVersion: number;
  readonly roster: Roster;
  /** By node name, this node's own included. */
  readonly capabilities: ReadonlyMap<string, KnownCapability>;
  /** In force. */
  readonly policy: OwnerPolicy;
  readonly policyBecause: string;
  /** By the text of the candidates. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly fields: ReadonlyMap<Group, Field>;
  /** Sorted by address. */
  readonly entries: readonly Entry[];
  /** By address key: when it has to be looked at again. */
  readonly due: ReadonlyMap<bigint, Instant>;
  /** By address key. */
  readonly orphans: ReadonlyMap<bigint, Orphan>;
  /** By address key: what the announcer says it announces. */
  readonly announced: ReadonlySet<bigint>;
  /** For how many addresses this node stands by for a node. */
  readonly watched: ReadonlyMap<string, number>;
  /** By node name, the first bytes of its hash as text; only remembers what a hash has been computed for. */
  readonly tags: Map<string, string>;
  /** Only remembers as well. */
  readonly scores: ScoreMemo;
  /** Names the next broadcast. */
  readonly broadcasts: number;
  readonly ignoredMessages: number;
  readonly armedFor: Instant | undefined;
  /** What the peer watch was last told, as text. */
  readonly toldWatch: string | undefined;
  /** What that was made of. */
  readonly watchedOf: Pick<OwnershipState, "watched" | "roster"> | undefined;
  /** What the last report said besides owners, as text. */
  readonly toldReport: string | undefined;
}

/** The ownership before it has heard anything: it owns nothing and knows nobody. */
export const initialOwnershipState: OwnershipState = {
  clock: undefined,
  startedAt: undefined,
  synced: false,
  settled: false,
  drainingSince: undefined,
  drained: false,
  snapshotVersion: -1,
  roster: { me: "", ring: false, members: new Map(), ready: new Set(), draining: false },
  capabilities: new Map(),
  policy: "sticky",
  policyBecause: "",
  groups: new Map(),
  fields: new Map(),
  entries: [],
  due: new Map(),
  orphans: new Map(),
  announced: new Set(),
  watched: new Map(),
  tags: new Map(),
  scores: emptyScoreMemo(),
  broadcasts: 0,
  ignoredMessages: 0,
  armedFor: undefined,
  toldWatch: undefined,
  watchedOf: undefined,
  toldReport: undefined,
};
