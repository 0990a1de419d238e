import { type PoolUsage } from "../../core/reconcile/index.ts";
import { type OperatorMetrics } from "../../ports/operator-metrics.ts";

/** Counts where a test can read it. */
export class MemoryMetrics implements OperatorMetrics {
  readonly pools = new Map<string, PoolUsage>();
  isStale: boolean | undefined;
  updates = 0;
  updateErrors = 0;
  budgetDelays = 0;

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
}
