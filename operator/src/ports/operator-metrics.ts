import { type PoolUsage } from "../core/reconcile/index.ts";

/** What is counted; names and labels are those of MetalLB where it has them (reference metallb.md, section 6.1). */
export interface OperatorMetrics {
  setPoolUsage(pool: string, usage: PoolUsage): void;
  /** The pool is gone, and its series with it. */
  removePool(pool: string): void;
  setConfiguration(state: { readonly isStale: boolean }): void;
  /** An object of the cluster was worked on; `failed` = and that did not succeed. */
  countUpdate(result: { readonly failed: boolean }): void;
  /** The write budget refused a write for now. */
  countBudgetDelay(): void;
  /** So many recorded events will never be stored. */
  countDroppedEvents(events: number): void;
  /** A Service lost or exchanged an address that it held; `cause` is a word of a closed list. */
  countAddressChange(cause: string): void;
  /** How many Services somebody else writes too, against us. */
  setContested(services: number): void;
  /** How many Services wait for an address. */
  setPending(services: number): void;
}
