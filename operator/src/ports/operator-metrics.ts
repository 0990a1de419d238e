import { type ConfigKind } from "@steelyard/model/config";
import { type LossCause } from "../core/allocator/index.ts";
import { type PoolUsage } from "../core/reconcile/index.ts";

/** The kinds of objects that the operator writes, events aside. */
export type WrittenKind = "Service" | "ConfigurationState" | ConfigKind;

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

/** What only a leader knows. */
export interface TermReadings {
  /** By kind. */
  readonly queues: Readonly<Record<string, QueuedKeys>>;
  /** Services that lack an address they need. */
  readonly pendingServices: number;
  /** Services that somebody else writes too, against us. */
  readonly contestedServices: number;
  /** Whether an object is not in force as it stands; undefined while no configuration is in force. */
  readonly isConfigurationStale: boolean | undefined;
}

/** Numbers that stand somewhere already, and are looked up when somebody asks. */
export interface OperatorReadings {
  readonly isLeader: boolean;
  /** undefined = another one leads; numbers that stand still would be taken for the truth. */
  readonly term: TermReadings | undefined;
  /** How many writes of different objects the budget would let through now. */
  readonly writesLeft: number;
  readonly takesWrites: boolean;
  /** How often the API server was found not to take writes. */
  readonly gateClosings: number;
}

/** What is counted; names and labels are those of MetalLB where it has them (reference metallb.md, section 6.1). */
export interface OperatorMetrics {
  /** Where the readings are had from now on. */
  readFrom(read: () => OperatorReadings): void;
  setPoolUsage(pool: string, usage: PoolUsage): void;
  /** The pool is gone, and its series with it. */
  removePool(pool: string): void;
  /** An object of the cluster was worked on; `failed` = and that did not succeed. */
  countUpdate(result: { readonly kind: string; readonly failed: boolean; readonly seconds: number }): void;
  countWrite(kind: WrittenKind, ended: CountedWrite): void;
  /** The write budget refused a write for now. */
  countBudgetDelay(): void;
  /** So many recorded events will never be stored. */
  countDroppedEvents(events: number): void;
  /** A Service lost or exchanged an address that it held. */
  countAddressChange(cause: LossCause["is"]): void;
}
