import { type IpAddressPoolResource, type ServiceResource } from "@steelyard/model/resources";
import { type ManualClock, seededRandom } from "@steelyard/model/testing";
import { type MemoryCluster, type MemoryReader } from "../../../adapters/memory/memory-cluster.ts";
import { MemoryFieldHistory } from "../../../adapters/memory/memory-field-history.ts";
import { MemoryPodReader } from "../../../adapters/memory/memory-pod-reader.ts";
import { MemoryLeadership } from "../../../adapters/memory/memory-leadership.ts";
import { MemoryMetrics } from "../../../adapters/memory/memory-metrics.ts";
import { type PlannedEvent, type ServiceStatusPatch } from "../../../core/reconcile/index.ts";
import { type ClusterWriter, WriteFailure, type WriteOutcome } from "../../../ports/cluster-writer.ts";
import { type ObjectReference } from "../../../ports/event-sink.ts";
import { type OperatorOptions } from "../../operator-options.ts";
import { SteelyardOperator } from "../../operator.ts";
import { RememberingLog } from "../../testing/remembering-log.ts";
import { type ReplicaName } from "./steps.ts";

export const configNamespace = "metallb-system";

/** The budget is tested elsewhere; here it would only make histories slow. */
const options: OperatorOptions = {
  lbClasses: [],
  configNamespace,
  writeBudget: { perObject: { burst: 1e6, perSecond: 1e6 }, total: { burst: 1e6, perSecond: 1e6 } },
};

/** A write to a Service as it was decided, with what its writer knew at that moment. */
export interface Decision {
  readonly replica: Replica;
  /** The term of leadership in which it was decided; terms of all replicas are counted together. */
  readonly term: number;
  readonly key: string;
  readonly patch: ServiceStatusPatch;
  /** The writer's copy of the Service. */
  readonly seen: ServiceResource;
  /** Its copies of all the others. */
  readonly services: readonly ServiceResource[];
  /** The pools as it has seen them of late; one of these it has decided by. */
  readonly pools: readonly (readonly IpAddressPoolResource[])[];
}

/** Who hears what a replica does. */
export interface ReplicaListener {
  onDecision(decision: Decision): void;
  onEvent(replica: Replica, object: ObjectReference, event: PlannedEvent): void;
  /** The API server takes no such patch: nobody tries again before something changes. */
  onRefused(kind: "Service" | "IPAddressPool", key: string): void;
}

export interface ReplicaDeps {
  readonly cluster: MemoryCluster;
  readonly clock: ManualClock;
  readonly listener: ReplicaListener;
  readonly currentTerm: () => number;
}

/** One process of the operator: with a reader that lags by itself, and a life that can end at any write. */
export class Replica {
  readonly name: ReplicaName;
  readonly metrics = new MemoryMetrics();
  readonly log = new RememberingLog();
  readonly leadership = new MemoryLeadership({ leads: false });
  readonly reader: MemoryReader;
  readonly #deps: ReplicaDeps;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #isAlive = true;
  /** Writes until it crashes; whether the last of them is carried out. */
  #crashAt: { readonly after: number; readonly isCarriedOut: boolean } | undefined;
  #recentPools: (readonly IpAddressPoolResource[])[] = [];

  constructor(name: ReplicaName, deps: ReplicaDeps) {
    this.name = name;
    this.#deps = deps;
    const { cluster, clock } = deps;
    this.reader = cluster.openReader();
    this.forgetOldPools();
    this.reader.pools.subscribe(() => this.#recentPools.push(this.reader.pools.list()));
    const operator = new SteelyardOperator(options, {
      openCluster: () => this.reader,
      writer: this.#writer(cluster.writer),
      events: {
        record: (object, event) => this.#isAlive && deps.listener.onEvent(this, object, event),
        flush: () => Promise.resolve(),
      },
      fieldHistory: new MemoryFieldHistory(),
      pods: new MemoryPodReader(),
      leadership: this.leadership,
      metrics: this.metrics,
      clock,
      random: seededRandom(7),
      log: this.log,
    });
    this.#running = operator.run(this.#stopping.signal);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** From now on a decision can only follow from the pools as they are seen now. */
  forgetOldPools(): void {
    this.#recentPools = [this.reader.pools.list()];
  }

  crashAtWrite(after: number, isCarriedOut: boolean): void {
    this.#crashAt = { after, isCarriedOut };
  }

  crashNoMore(): void {
    this.#crashAt = undefined;
  }

  /** Nothing that it does from now on reaches anybody. */
  crash(): void {
    this.#isAlive = false;
    this.leadership.take();
  }

  /** Ends it, in order unless it has crashed. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #writer(writer: ClusterWriter): ClusterWriter {
    return {
      ...writer,
      patchServiceStatus: async (key, patch, signal) => {
        this.#note(key, patch);
        const outcome = await this.#unlessCrashed(signal, () =>
          writer.patchServiceStatus(key, patch, signal),
        );
        if (outcome.at === "refused") this.#deps.listener.onRefused("Service", key);
        return outcome;
      },
      applyPoolStatus: async (key, status, signal) => {
        const outcome = await this.#unlessCrashed(signal, () => writer.applyPoolStatus(key, status, signal));
        if (outcome.at === "refused") this.#deps.listener.onRefused("IPAddressPool", key);
        return outcome;
      },
    };
  }

  #note(key: string, patch: ServiceStatusPatch): void {
    const { reader } = this;
    const seen = reader.services.get(key);
    if (seen === undefined) throw new Error(`${this.name} decides about ${key}, of which it knows nothing`);
    const term = this.#deps.currentTerm();
    const services = reader.services.list();
    const pools = [...this.#recentPools];
    if (this.#isAlive)
      this.#deps.listener.onDecision({ replica: this, term, key, patch, seen, services, pools });
  }

  async #unlessCrashed(signal: AbortSignal, write: () => Promise<WriteOutcome>): Promise<WriteOutcome> {
    if (!this.#isAlive) return cutOff(signal);
    if (this.#crashAt === undefined) return write();
    const { after, isCarriedOut } = this.#crashAt;
    this.#crashAt = { after: after - 1, isCarriedOut };
    if (after > 0) return write();
    // The request is out before the process ends; its answer finds nobody.
    if (isCarriedOut) void write().catch(() => undefined);
    this.crash();
    return cutOff(signal);
  }
}

/** What no answer will ever come to. */
function cutOff(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = (): void => reject(new WriteFailure("cut off"));
    if (signal.aborted) giveUp();
    else signal.addEventListener("abort", giveUp, { once: true });
  });
}
