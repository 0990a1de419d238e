import { type PoolCounters } from "../../core/reconcile/index.ts";
import { type ClusterWriter, WriteFailure, type WriteOutcome } from "../../ports/cluster-writer.ts";
import { type Leadership } from "../../ports/leadership.ts";
import { type OperatorMetrics, type WrittenKind } from "../../ports/operator-metrics.ts";
import { type ApiGate } from "./api-gate.ts";
import { type WriteBudget } from "./write-budget.ts";

export interface GuardedWriterDeps {
  readonly writer: ClusterWriter;
  readonly budget: WriteBudget;
  readonly gate: Pick<ApiGate, "mayPass" | "note" | "noteConflict" | "noteFailure">;
  readonly leadership: Pick<Leadership, "isLeader">;
  readonly metrics: Pick<OperatorMetrics, "countBudgetDelay" | "countWrite">;
}

/** The term ends by itself when leadership is lost; until it has, nothing is written. */
const deposedRetryMs = 1000;

/**
 * The one way from a reconciler to the API server: asks first whether we still lead, whether the budget allows it and
 * whether the API server takes writes. Nothing waits in here: a write that is put off is planned anew when its time has
 * come, so what it was decided from, and whether we lead, is looked at again.
 */
export function guardedWriter(deps: GuardedWriterDeps): ClusterWriter {
  const { writer } = deps;
  return {
    patchServiceStatus: (key, patch, signal) =>
      // A Service that is deleted and made again is another one: it must not pay for what its namesake used up.
      guarded({ kind: "Service", id: `${key} ${patch.metadata.uid ?? ""}` }, signal, deps, () =>
        writer.patchServiceStatus(key, patch, signal),
      ),
    applyPoolStatus: (key, counters, signal) =>
      // New numbers are news, and whoever counts keeps those apart; the same numbers again and again are a fight.
      guarded({ kind: "IPAddressPool", id: `${key} ${numbersOf(counters)}` }, signal, deps, () =>
        writer.applyPoolStatus(key, counters, signal),
      ),
    createConfigurationState: (key, labels, signal) =>
      guarded({ kind: "ConfigurationState", id: key }, signal, deps, () =>
        writer.createConfigurationState(key, labels, signal),
      ),
    applyConfigurationState: (key, apply, signal) =>
      guarded({ kind: "ConfigurationState", id: key }, signal, deps, () =>
        writer.applyConfigurationState(key, apply, signal),
      ),
    applyObjectCondition: ({ kind, key }, condition, signal) =>
      guarded({ kind, id: `${key} ${condition.type}` }, signal, deps, () =>
        writer.applyObjectCondition({ kind, key }, condition, signal),
      ),
  };
}

function numbersOf(counters: PoolCounters): string {
  return [counters.assignedIPv4, counters.assignedIPv6, counters.availableIPv4, counters.availableIPv6].join(
    " ",
  );
}

interface Target {
  readonly kind: WrittenKind;
  /** Tells it apart from all others of its kind. */
  readonly id: string;
}

async function guarded(
  { kind, id }: Target,
  signal: AbortSignal,
  { budget, gate, leadership, metrics }: GuardedWriterDeps,
  write: () => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  if (!leadership.isLeader()) return { at: "delayed", afterMs: deposedRetryMs };
  const object = `${kind} ${id}`;
  const afterMs = budget.take(object);
  if (afterMs > 0) {
    metrics.countBudgetDelay();
    return { at: "delayed", afterMs };
  }
  if (!gate.mayPass()) {
    budget.giveBack(object);
    return { at: "shutOut" };
  }
  try {
    const outcome = await write();
    if (outcome.at === "conflict") {
      budget.giveBack(object);
      gate.noteConflict(object);
    } else gate.note("answered");
    if (outcome.at === "denied") metrics.countWrite(kind, "refused");
    else if (outcome.at !== "delayed" && outcome.at !== "shutOut") metrics.countWrite(kind, outcome.at);
    return outcome;
  } catch (error) {
    budget.giveBack(object);
    metrics.countWrite(kind, "failed");
    // A mistake of our own says nothing about the API server, and must not keep others from writing.
    if (signal.aborted || !(error instanceof WriteFailure)) gate.note("abandoned");
    else gate.noteFailure(object, error.retryAfterMs);
    throw error;
  }
}
