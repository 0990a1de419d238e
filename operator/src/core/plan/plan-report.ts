import { type Consequence, type ConsequenceKind } from "./consequence.ts";

/**
 * What an edit of the pools would do: the document that `-o json` prints. Fields may be added to it; none goes and none
 * changes its meaning while `version` is the same.
 */
export interface PlanReport {
  readonly version: 1;
  readonly verdict: Verdict;
  /** How many Services of each kind there are. */
  readonly counts: Readonly<Record<ConsequenceKind, number>>;
  /** The pools that the edit writes, in that order. */
  readonly pools: readonly PlannedPool[];
  /** Pools of which what stands in the file is not what would be in force. */
  readonly refused: readonly RefusedPool[];
  /** Every Service that the operator serves, sorted. */
  readonly services: readonly PlannedService[];
  /** Services that keep what they have when all is written at once, and lose it in between when it is not. */
  readonly interrupted: readonly InterruptedService[];
  /** What stands in the files and is not played: `L2Advertisement metallb-system/lan`. */
  readonly ignored: readonly string[];
  /** Sentences for whoever applies the files. */
  readonly notes: readonly string[];
}

/** `refused`: at least one pool of the files would not be in force as it is given. */
export type Verdict = "stays" | "changes" | "refused";

export interface PlannedPool {
  readonly name: string;
  readonly change: "created" | "edited" | "deleted";
  /** Ranges that are in force now; empty = none. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface RefusedPool {
  readonly name: string;
  /** It stands in one of the files; otherwise it is refused in the cluster already. */
  readonly isGiven: boolean;
  readonly faults: readonly { readonly path: string; readonly message: string }[];
  /** Ranges of its last good form, which stay in force; empty = nothing of the pool is in force. */
  readonly inForce: readonly string[];
}

export interface PlannedService extends Consequence {
  /** The Service changes as much when nothing is applied: no operator has brought the cluster to rest. */
  readonly isPending: boolean;
}

export interface InterruptedService {
  readonly service: string;
  readonly addresses: readonly string[];
  /** What it has when the last object has been written. */
  readonly after: readonly string[];
  /** The pool whose write takes the address away. */
  readonly pool: string;
}

const exitCodes: Readonly<Record<Verdict, number>> = { stays: 0, changes: 1, refused: 2 };

/** 0: nothing would move or be lost; 1: something would; 2: a pool would be refused. */
export function exitCodeOf({ verdict }: Pick<PlanReport, "verdict">): number {
  return exitCodes[verdict];
}

/** An address that is gained costs nobody anything; one that is lost or moves, even for a moment, does. */
export function verdictOf(report: Pick<PlanReport, "refused" | "services" | "interrupted">): Verdict {
  if (report.refused.some(({ isGiven }) => isGiven)) return "refused";
  const isMoved = report.services.some(({ consequence }) => ["loses", "moves"].includes(consequence));
  return isMoved || report.interrupted.length > 0 ? "changes" : "stays";
}

export function countConsequences(services: readonly Consequence[]): PlanReport["counts"] {
  const counts = { loses: 0, moves: 0, gains: 0, keeps: 0, waits: 0 };
  for (const { consequence } of services) counts[consequence] += 1;
  return counts;
}
