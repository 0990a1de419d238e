import { type Clock, type Random } from "@steelyard/model/foundation";
import { type ServicePlanOptions } from "../core/reconcile/index.ts";
import { type OpenCluster } from "../ports/cluster-reader.ts";
import { type ClusterWriter } from "../ports/cluster-writer.ts";
import { type EventSink } from "../ports/event-sink.ts";
import { type FieldHistory } from "../ports/field-history.ts";
import { type Leadership } from "../ports/leadership.ts";
import { type MemberlistSecret } from "../ports/memberlist-secret.ts";
import { type Log } from "../ports/log.ts";
import { type PodReader } from "../ports/pod-reader.ts";
import { type OperatorMetrics } from "../ports/operator-metrics.ts";
import { type WriteBudgetOptions } from "./writing/write-budget.ts";

/** Service statuses are written side by side: the API server takes milliseconds for each. */
export const serviceWorkers = 8;

export interface OperatorOptions extends ServicePlanOptions {
  readonly writeBudget?: WriteBudgetOptions;
}

/** Everything the operator needs of the world; main.ts gives the real ones, tests their twins in memory. */
export interface OperatorDeps {
  readonly openCluster: OpenCluster;
  readonly writer: ClusterWriter;
  readonly fieldHistory: FieldHistory;
  readonly pods: PodReader;
  readonly events: EventSink;
  readonly leadership: Leadership;
  /** undefined = nobody wants one. */
  readonly memberlistSecret?: MemberlistSecret | undefined;
  readonly metrics: OperatorMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}
