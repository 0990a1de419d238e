import { type IpAddress } from "@steelyard/model/address";
import { type Instant, type Millis, type Random } from "@steelyard/model/foundation";
import { type Link } from "../../interfaces/link.ts";
import { type NeighborSocketEffect, type NeighborSocketInput } from "../neighbor-socket.ts";

/**
 * What the segment says of an address. `Reachable`: one of our nodes answers. `NobodyAnswers`: nobody did.
 * `TwoAnswer`: more than one host did. `ForeignHost`: a host did that is none of our nodes, and the owner did not.
 */
export type WireVerdict = "Reachable" | "NobodyAnswers" | "TwoAnswer" | "ForeignHost";

/** An address of another node, for which this one would be next. */
export interface CheckedAddress {
  readonly address: IpAddress;
  /** The node that owns it. */
  readonly owner: string;
  /** Exact names of the interfaces on which this node would announce it; empty = those that lead to it. */
  readonly interfaces: readonly string[];
}

/** A node with an agent of ours. */
export interface KnownNode {
  readonly node: string;
  /** Of all its interfaces; empty = not known. */
  readonly macs: readonly Uint8Array[];
}

export type WireCheckTimer = "ask" | "listen";

/** What can happen to the check. */
export type WireCheckInput =
  /** The addresses to verify, whole; at most one entry per address. */
  | { readonly kind: "addresses"; readonly addresses: readonly CheckedAddress[] }
  /** All nodes with agents, whole. */
  | { readonly kind: "nodes"; readonly nodes: readonly KnownNode[] }
  | { readonly kind: "links"; readonly links: readonly Link[] }
  | { readonly kind: "timer"; readonly timer: WireCheckTimer }
  | NeighborSocketInput;

/** What the check wants done, in this order. */
export type WireCheckEffect =
  | NeighborSocketEffect
  /** Give the timer back as an input at `at`; replaces an earlier arming of the same timer. */
  | { readonly kind: "arm"; readonly timer: WireCheckTimer; readonly at: Instant }
  /** For the log: the verdict on an address is another one than before. */
  | {
      readonly kind: "transition";
      readonly address: IpAddress;
      readonly to: WireVerdict;
      readonly macs: readonly Uint8Array[];
      readonly owner: string;
    }
  | { readonly kind: "report"; readonly report: WireCheckReport };

/** The last verdicts; a later report replaces an earlier one. Plain data. */
export interface WireCheckReport {
  /** Addresses that are not as they should be, sorted. */
  readonly checks: readonly FailedCheck[];
  /** How often each verdict was given, since the start. */
  readonly checked: Readonly<Record<WireVerdict, number>>;
}

export interface FailedCheck {
  readonly address: IpAddress;
  readonly verdict: Exclude<WireVerdict, "Reachable">;
  /** Who answered. */
  readonly macs: readonly Uint8Array[];
  /** When the verdict became this one. */
  readonly since: Instant;
  /** When it was given last. */
  readonly checkedAt: Instant;
}

/** What stays as it is while the program runs. */
export interface WireCheckConfig {
  /** Between two questions of this node; 0 = none is asked. */
  readonly interval: Millis;
  /** Source of an unanchored regular expression over interface names; undefined = none is excluded. */
  readonly excludeInterfaces: string | undefined;
}

/** What a step may look at besides state and input. */
export interface WireCheckContext {
  readonly now: Instant;
  readonly random: Random;
  readonly config: WireCheckConfig;
}

/** One address being asked about. */
export interface Question {
  readonly about: CheckedAddress;
  /** 1, or 2 when the first answer was not as it should be. */
  readonly attempt: number;
  /** By `<index>`. */
  readonly places: ReadonlyMap<number, QuestionPlace>;
  /** Who has answered, by the MAC as a number. */
  readonly answered: ReadonlyMap<number, Uint8Array>;
}

/** A link on which a question is asked. */
export interface QuestionPlace {
  readonly link: Link;
  /** This node's own address on it. */
  readonly from: IpAddress;
  /** `opening`: its socket is not there yet. `failed`: the question could not be asked. */
  readonly at: "opening" | "asked" | "failed";
}

export interface WireCheckState {
  /** Sorted by address. */
  readonly addresses: readonly CheckedAddress[];
  readonly nodes: readonly KnownNode[];
  readonly links: readonly Link[];
  /** The address that was asked about last in the round through all of them. */
  readonly last: IpAddress | undefined;
  readonly question: Question | undefined;
  /** Not as it should be the first time: asked about again next. */
  readonly doubted: CheckedAddress | undefined;
  /** By address key. */
  readonly failed: ReadonlyMap<string, FailedCheck>;
  readonly checked: Readonly<Record<WireVerdict, number>>;
  /** Whether the present turn belongs to an address that failed before; turns alternate. */
  readonly retries: boolean;
  readonly askAt: Instant | undefined;
  readonly reportedAt: Instant | undefined;
}

/** What `stepWireCheck(state, input, context)` of step.ts returns. The effects are to be performed in order. */
export interface WireCheckStep {
  readonly state: WireCheckState;
  readonly effects: readonly WireCheckEffect[];
}

/** How long answers are waited for. */
export const LISTEN_TIME: Millis = 200;
/** How soon an address that failed is asked about again, out of its turn. */
export const RECHECK_TIME: Millis = 30_000;
/** Counters alone are reported so often at most. */
export const COUNTERS_TIME: Millis = 10_000;
/** A bounded number of sockets, however many interfaces lead to an address. */
export const MOST_PLACES = 4;

export const initialWireCheckState: WireCheckState = {
  addresses: [],
  nodes: [],
  links: [],
  last: undefined,
  question: undefined,
  doubted: undefined,
  failed: new Map(),
  checked: { Reachable: 0, NobodyAnswers: 0, TwoAnswer: 0, ForeignHost: 0 },
  retries: false,
  askAt: undefined,
  reportedAt: undefined,
};
