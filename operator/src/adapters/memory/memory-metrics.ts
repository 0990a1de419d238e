import { type PoolUsage } from "../../core/reconcile/index.ts";
import {
  type CountedWrite,
  type OperatorMetrics,
  type OperatorReadings,
} from "../../ports/operator-metrics.ts";

/** Counts where a test can read it. */
export class MemoryMetrics implements OperatorMetrics {
  readonly pools = new Map<string, PoolUsage>();
  isStale: boolean | undefined;
  updates = 0;
  updateErrors = 0;
  budgetDelays = 0;
  /** How often each cause was counted. */
  readonly addressChanges = new Map<string, number>();
  droppedEvents = 0;
  contested = 0;
  /** How often, by `kind outcome`. */
  readonly writes = new Map<string, number>();
  /** Undefined until somebody has said where to read. */
  read: (() => OperatorReadings) | undefined;

  readFrom(read: () => OperatorReadings): void {
    this.read = read;
  }

  setPoolUsage(pool: string, usage: PoolUsage): void {
    this.pools.set(pool, usage);
  }

  removePool(pool: string): void {
    this.pools.delete(pool);
  }

  setConfiguration({ isStale }: { readonly isStale: boolean }): void {
    this.isStale = isStale;
  }

  countUpdate({ failed }: { readonly failed: boolean }): void {
    this.updates += 1;
    if (failed) this.updateErrors += 1;
  }

  countBudgetDelay(): void {
    this.budgetDelays += 1;
  }

  countDroppedEvents(events: number): void {
    this.droppedEvents += events;
  }

  countAddressChange(cause: string): void {
    this.addressChanges.set(cause, (this.addressChanges.get(cause) ?? 0) + 1);
  }

  setContested(services: number): void {
    this.contested = services;
  }

  countWrite(kind: string, ended: CountedWrite): void {
    const key = `${kind} ${ended}`;
    this.writes.set(key, (this.writes.get(key) ?? 0) + 1);
  }
}
