import { type PoolUsage } from "../core/reconcile/index.ts";

/** How a write ended. */
export type CountedWrite = "written" | "conflict" | "gone" | "refused" | "failed";

/** The keys of one work queue, by what they wait for. */
export interface QueuedKeys {
  readonly ready: number;
  readonly working: number;
  /** For a time that they were told, or that a failure has cost them. */
  readonly delayed: number;
  /** For an API server that takes writes. */
  readonly shutOut: number;
}

/** Numbers that stand somewhere already, and are looked up when somebody asks. */
export interface OperatorReadings {
  readonly isLeader: boolean;
  /** By kind; empty while another one leads. */
  readonly queues: Readonly<Record<string, QueuedKeys>>;
  /** How many writes of different objects the budget would let through now. */
  readonly writesLeft: number;
  readonly takesWrites: boolean;
  /** How often the API server was found not to take writes. */
  readonly gateClosings: number;
  /** Services that wait for an address. */
  readonly pendingServices: number;
}

/** What is counted; names and labels are those of MetalLB where it has them (reference metallb.md, section 6.1). */
export interface OperatorMetrics {
  /** Where the readings are had from now on. */
  readFrom(read: () => OperatorReadings): void;
  setPoolUsage(pool: string, usage: PoolUsage): void;
  /** The pool is gone, and its series with it. */
  removePool(pool: string): void;
  setConfiguration(state: { readonly isStale: boolean }): void;
  /** An object of the cluster was worked on; `failed` = and that did not succeed. */
  countUpdate(result: { readonly kind: string; readonly failed: boolean; readonly seconds: number }): void;
  countWrite(kind: string, ended: CountedWrite): void;
  /** The write budget refused a write for now. */
  countBudgetDelay(): void;
  /** So many recorded events will never be stored. */
  countDroppedEvents(events: number): void;
  /** A Service lost or exchanged an address that it held; `cause` is a word of a closed list. */
  countAddressChange(cause: string): void;
  /** How many Services somebody else writes too, against us. */
  setContested(services: number): void;
}
