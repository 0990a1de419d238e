import { type Clock, type Random } from "@steelyard/model/foundation";
import { type ServicePlanOptions } from "../../core/reconcile/index.ts";
import { type ClusterReader } from "../../ports/cluster-reader.ts";
import { type ClusterWriter } from "../../ports/cluster-writer.ts";
import { type EventSink } from "../../ports/event-sink.ts";
import { type Log } from "../../ports/log.ts";
import { type OperatorMetrics } from "../../ports/operator-metrics.ts";
import { type AllocationState } from "./allocation-state.ts";
import { type Contests } from "./contests.ts";
import { type PodLookups } from "./pod-lookups.ts";
import { type Denials } from "../writing/denials.ts";
import { type Reconcilers } from "../queue/reconcilers.ts";

/**
 * What is reconciled. `Configuration` is all of its objects together, `ObjectCondition` what is said at one of them,
 * `WaitingLine` all who wait.
 */
export type ReconciledKind =
  | "Service"
  | "IPAddressPool"
  | "Configuration"
  | "ConfigurationState"
  | "ObjectCondition"
  | "WaitingLine"
  | "Nodes"
  | "MemberlistSecret";

/** Kinds of which there is only one thing to reconcile have it under this key. */
export const theOnly = "cluster";

/** What the reconcilers of one term of leadership share. */
export interface TermContext {
  readonly options: ServicePlanOptions;
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  readonly events: EventSink;
  readonly metrics: OperatorMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly state: AllocationState;
  readonly contests: Contests;
  readonly lookups: PodLookups;
  readonly denials: Denials;
  readonly reconcilers: Reconcilers<ReconciledKind>;
}
