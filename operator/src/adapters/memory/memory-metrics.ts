import { type LossCause } from "../../core/allocator/index.ts";
import { type PoolUsage } from "../../core/reconcile/index.ts";
import {
  type CountedWrite,
  type OperatorMetrics,
  type OperatorReadings,
  type TermReadings,
  type WrittenKind,
} from "../../ports/operator-metrics.ts";

/** Counts where a test can read it. */
export class MemoryMetrics implements OperatorMetrics {
  readonly pools = new Map<string, PoolUsage>();
  updates = 0;
  updateErrors = 0;
  budgetDelays = 0;
  /** How often each cause was counted. */
  readonly addressChanges = new Map<LossCause["is"], number>();
  droppedEvents = 0;
  /** How often, by `kind outcome`. */
  readonly writes = new Map<string, number>();
  /** Undefined until somebody has said where to read. */
  read: (() => OperatorReadings) | undefined;

  readFrom(read: () => OperatorReadings): void {
    this.read = read;
  }

  /** What the leader knows now. */
  get term(): TermReadings | undefined {
    return this.read?.().term;
  }

  setPoolUsage(pool: string, usage: PoolUsage): void {
    this.pools.set(pool, usage);
  }

  removePool(pool: string): void {
    this.pools.delete(pool);
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

  countAddressChange(cause: LossCause["is"]): void {
    this.addressChanges.set(cause, (this.addressChanges.get(cause) ?? 0) + 1);
  }

  countWrite(kind: WrittenKind, ended: CountedWrite): void {
    const key = `${kind} ${ended}`;
    this.writes.set(key, (this.writes.get(key) ?? 0) + 1);
  }
}
