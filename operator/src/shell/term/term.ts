import { type Millis } from "@steelyard/model/foundation";
import { isStale } from "../../core/reconcile/index.ts";
import { type ClusterReader } from "../../ports/cluster-reader.ts";
import { type Leadership } from "../../ports/leadership.ts";
import { type TermReadings } from "../../ports/operator-metrics.ts";
import { type AllocationListener, AllocationState, keyOf } from "./allocation-state.ts";
import { type ApiGate } from "../writing/api-gate.ts";
import { Contests } from "./contests.ts";
import { configurationReconciler, reportConfiguration } from "../reconcilers/configuration-reconciler.ts";
import { configurationStateReconciler } from "../reconcilers/configuration-state-reconciler.ts";
import { type Denials } from "../writing/denials.ts";
import { guardedWriter } from "../writing/guarded-writer.ts";
import { type OperatorDeps, type OperatorOptions, serviceWorkers } from "../operator-options.ts";
import { memberlistSecretReconciler } from "../reconcilers/memberlist-secret-reconciler.ts";
import { nodesReconciler } from "../reconcilers/nodes-reconciler.ts";
import { objectConditionReconciler } from "../reconcilers/object-condition-reconciler.ts";
import { poolReconciler } from "../reconcilers/pool-reconciler.ts";
import { Reconcilers } from "../queue/reconcilers.ts";
import { serviceReconciler } from "../reconcilers/service-reconciler.ts";
import { PodLookups } from "./pod-lookups.ts";
import { reportStart } from "./report-start.ts";
import { type ReconciledKind, type TermContext, theOnly } from "./term-context.ts";
import { connectTriggers } from "./triggers.ts";
import { waitingLineReconciler } from "../reconcilers/waiting-line-reconciler.ts";
import { type Worked } from "../queue/work-queue.ts";
import { type WriteBudget } from "../writing/write-budget.ts";

/** Counters follow a burst of allocations once, not once per address. */
const poolUsageDelayMs: Millis = 250;

/** What outlasts a term: a view of the cluster, the budget, the gate, and what is known to be denied. */
export interface SharedByTerms {
  readonly reader: ClusterReader;
  readonly budget: WriteBudget;
  readonly gate: ApiGate;
  readonly denials: Denials;
}

/**
 * One term of leadership, with a book of its own that begins empty. Nothing is given out before everything that the
 * leader before has written is seen, and every held address is in the book.
 */
export class OperatorTerm {
  readonly #context: TermContext;
  readonly #leadership: Pick<Leadership, "isLeader">;
  readonly #gate: ApiGate;
  #isSettled = false;

  constructor(
    options: OperatorOptions,
    deps: OperatorDeps,
    { reader, budget, gate, denials }: SharedByTerms,
  ) {
    const { clock, random, log, metrics, events, leadership } = deps;
    this.#leadership = leadership;
    this.#gate = gate;
    const onWorked = (result: Worked): void => metrics.countUpdate(result);
    const takesWrites = (): boolean => gate.isOpen;
    const reconcilers = new Reconcilers<ReconciledKind>({ clock, random, log, takesWrites, onWorked });
    const listener: AllocationListener = {
      onPoolUsage: (pool) => reconcilers.enqueueAfter("IPAddressPool", pool, poolUsageDelayMs),
      onLineMayMove: () => reconcilers.enqueue("WaitingLine", theOnly),
    };
    const writer = guardedWriter({ writer: deps.writer, budget, gate, leadership, metrics });
    const onTransition = (service: string): void => reconcilers.enqueue("Service", service);
    const { fieldHistory: history } = deps;
    const contests = new Contests(options, { clock, log, history, onTransition });
    const lookups = new PodLookups({ clock, log, pods: deps.pods });
    const state = new AllocationState(options, { reader, listener, contests });
    const time = { clock, random };
    const shared = { options, reader, writer, events, metrics, log };
    this.#context = { ...shared, ...time, state, contests, lookups, denials, reconcilers };
    reconcilers.reconcile("Service", serviceReconciler(this.#context), { workers: serviceWorkers });
    reconcilers.reconcile("IPAddressPool", poolReconciler(this.#context));
    reconcilers.reconcile("Configuration", configurationReconciler(this.#context));
    reconcilers.reconcile("ConfigurationState", configurationStateReconciler(this.#context));
    reconcilers.reconcile("ObjectCondition", objectConditionReconciler(this.#context));
    reconcilers.reconcile("WaitingLine", waitingLineReconciler(this.#context));
    reconcilers.reconcile("Nodes", nodesReconciler(this.#context));
    const { memberlistSecret: secret } = deps;
    if (secret === undefined) return;
    reconcilers.reconcile("MemberlistSecret", memberlistSecretReconciler(secret, { log }));
    reconcilers.enqueue("MemberlistSecret", theOnly);
  }

  /** Every address that was held at the start is in the book, and those who waited have been served. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get longestRunMs(): Millis {
    return this.#context.reconcilers.longestRunMs;
  }

  get readings(): TermReadings {
    const { reconcilers, state, contests } = this.#context;
    return {
      queues: reconcilers.keys,
      pendingServices: state.waiting,
      contestedServices: contests.size,
      isConfigurationStale: this.#isSettled ? isStale(state.built) : undefined,
    };
  }

  /** Runs until the signal aborts; what is under way then is ended in order. */
  async run(signal: AbortSignal): Promise<void> {
    const { reader, reconcilers, state, contests, lookups, metrics, log } = this.#context;
    const detach = this.#gate.attach(reconcilers);
    let disconnect = (): void => {};
    try {
      await reader.catchUp(signal);
      signal.throwIfAborted();
      this.#settle();
      disconnect = connectTriggers(this.#context);
      reconcilers.start();
      void this.#follow(reader.whenReportsSynced(signal));
      void this.#follow(reader.whenBgpReportsSynced(signal));
      void this.#follow(reader.whenEndpointsSynced(signal));
      void this.#takeInBgp(signal);
      await aborted(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      disconnect();
      // Whoever has lost the Lease must not write any more, not even what is under way.
      await reconcilers.stop(this.#leadership.isLeader() ? undefined : 0);
      detach();
      contests.close();
      lookups.close();
      // Whoever leads next counts; numbers that stand still would be taken for the truth.
      for (const { name } of state.built.config.pools) metrics.removePool(name);
      log.debug({}, "the term has ended");
    }
  }

  /** No turn of the event loop lies between looking at the cluster and listening for its changes. */
  #settle(): void {
    const { state, contests, reader, reconcilers } = this.#context;
    for (const report of reader.configurationStates.list()) {
      state.takeInSegment(report, { gone: false });
      state.takeInBgpReport(report, { gone: false });
    }
    const services = reader.services.list();
    for (const service of services) contests.resume(keyOf(service), service, services);
    const { keys, configuration } = state.settle();
    reportStart(this.#context);
    reportConfiguration(configuration, this.#context);
    for (const { name } of state.built.config.pools) reconcilers.enqueue("IPAddressPool", name);
    for (const name of state.built.refusedPools) reconcilers.enqueue("IPAddressPool", name);
    for (const key of keys) reconcilers.enqueue("Service", key);
    this.#isSettled = true;
  }

  /** No address waits for the kinds of BGP; when they are complete, they are judged like the others. */
  async #takeInBgp(signal: AbortSignal): Promise<void> {
    const { reader, reconcilers, state } = this.#context;
    try {
      await reader.catchUpOnBgp(signal);
    } catch {
      return; // Only the end of the term rejects this wait.
    }
    state.takeInBgp();
    reconcilers.enqueue("Configuration", theOnly);
  }

  /** What agents report, nodes and endpoints decide about no address: nothing waits for them, and conditions follow. */
  async #follow(synced: Promise<void>): Promise<void> {
    const { reader, reconcilers } = this.#context;
    try {
      await synced;
    } catch {
      return; // Only the end of the term rejects this wait.
    }
    for (const service of reader.services.list()) reconcilers.enqueue("Service", keyOf(service));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
