import { type ClusterWriter, type WriteOutcome } from "../ports/cluster-writer.ts";
import { type Leadership } from "../ports/leadership.ts";
import { type OperatorMetrics } from "../ports/operator-metrics.ts";
import { type WriteBudget } from "./write-budget.ts";

export interface GuardedWriterDeps {
  readonly writer: ClusterWriter;
  readonly budget: WriteBudget;
  readonly leadership: Pick<Leadership, "isLeader">;
  readonly metrics: Pick<OperatorMetrics, "countBudgetDelay">;
}

/** The term ends by itself when leadership is lost; until it has, nothing is written. */
const deposedRetryMs = 1000;

/** The one way from a reconciler to the API server: asks first whether we still lead and whether the budget allows it. */
export function guardedWriter({ writer, budget, leadership, metrics }: GuardedWriterDeps): ClusterWriter {
  const guarded = async (object: string, write: () => Promise<WriteOutcome>): Promise<WriteOutcome> => {
    if (!leadership.isLeader()) return { at: "delayed", afterMs: deposedRetryMs };
    const afterMs = budget.take(object);
    if (afterMs === 0) return write();
    metrics.countBudgetDelay();
    return { at: "delayed", afterMs };
  };
  return {
    patchServiceStatus: (key, patch, signal) =>
      // A Service that is deleted and made again is another one: it must not pay for what its namesake used up.
      guarded(`Service ${key} ${patch.metadata.uid ?? ""}`, () =>
        writer.patchServiceStatus(key, patch, signal),
      ),
    patchPoolStatus: (key, patch, signal) =>
      guarded(`IPAddressPool ${key}`, () => writer.patchPoolStatus(key, patch, signal)),
  };
}
