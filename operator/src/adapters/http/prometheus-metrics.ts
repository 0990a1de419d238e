import { type ReflectorMetrics } from "@steelyard/client";
import { CONFIG_KINDS } from "@steelyard/model/config";
import { collectDefaultMetrics, Registry } from "prom-client";
import { type LossCause } from "../../core/allocator/index.ts";
import { type PoolUsage } from "../../core/reconcile/index.ts";
import {
  type CountedWrite,
  type OperatorMetrics,
  type OperatorReadings,
  type WrittenKind,
} from "../../ports/operator-metrics.ts";
import { Instruments } from "./instruments.ts";
import { PoolGauges } from "./pool-gauges.ts";
import { addReadings, addReflectors, addTermReadings } from "./read-instruments.ts";

/** From a decision that writes nothing to a write that takes up its whole time limit. */
const durationBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Every series is there from the start: `increase` does not see the first count of one that comes with it. */
const writtenKinds: readonly WrittenKind[] = ["Service", "ConfigurationState", ...CONFIG_KINDS];
const writeEndings = Object.keys({
  written: 0,
  conflict: 0,
  gone: 0,
  refused: 0,
  failed: 0,
} satisfies Record<CountedWrite, 0>) as readonly CountedWrite[];
const lossCauses = Object.keys({
  "in-no-pool": 0,
  "family-not-served": 0,
  "held-by-another": 0,
  quarantined: 0,
  surplus: 0,
  request: 0,
} satisfies Record<LossCause["is"], 0>) as readonly LossCause["is"][];

/**
 * The operator's metrics as a Prometheus page, with MetalLB's names and labels so that its dashboards and alerts work.
 * docs/metrics.md lists them all.
 */
export class PrometheusMetrics implements OperatorMetrics {
  readonly #registry = new Registry();
  readonly #pools: PoolGauges;
  readonly #instruments;
  #read: (() => OperatorReadings) | undefined;
  #readReflectors: () => Readonly<Record<string, ReflectorMetrics>> = () => ({});

  constructor() {
    // A sample a second shows a stalled event loop well enough; prom-client's usual hundred cost CPU for nothing.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 1000 });
    const instruments = new Instruments(this.#registry);
    this.#pools = new PoolGauges(instruments);
    this.#instruments = { ...metallbInstruments(instruments), ...ownInstruments(instruments) };
    addReadings(instruments, () => this.#read?.());
    addTermReadings(instruments, () => this.#read?.().term);
    addReflectors(instruments, () => this.#readReflectors());
    this.#beginSeries();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page in Prometheus' text format. */
  page(): Promise<string> {
    return this.#registry.metrics();
  }

  readFrom(read: () => OperatorReadings): void {
    this.#read = read;
  }

  /** Where the reflectors' own counts are had, by kind. */
  readReflectorsFrom(read: () => Readonly<Record<string, ReflectorMetrics>>): void {
    this.#readReflectors = read;
  }

  setPoolUsage(pool: string, usage: PoolUsage): void {
    this.#pools.set(pool, usage);
  }

  removePool(pool: string): void {
    this.#pools.remove(pool);
  }

  countUpdate({ kind, failed, seconds }: Parameters<OperatorMetrics["countUpdate"]>[0]): void {
    const { updates, updateErrors, durations } = this.#instruments;
    updates.inc();
    if (failed) updateErrors.inc();
    durations.observe({ kind }, seconds);
  }

  countWrite(kind: WrittenKind, outcome: CountedWrite): void {
    this.#instruments.writes.inc({ kind, outcome });
  }

  countBudgetDelay(): void {
    this.#instruments.budgetDelays.inc();
  }

  countDroppedEvents(events: number): void {
    this.#instruments.droppedEvents.inc(events);
  }

  countAddressChange(cause: LossCause["is"]): void {
    this.#instruments.addressChanges.inc({ cause });
  }

  #beginSeries(): void {
    const { addressChanges, writes } = this.#instruments;
    for (const cause of lossCauses) addressChanges.inc({ cause }, 0);
    for (const kind of writtenKinds) for (const outcome of writeEndings) writes.inc({ kind, outcome }, 0);
  }
}

/** Under MetalLB's names (reference metallb.md, section 6.1). */
function metallbInstruments(instruments: Instruments) {
  return {
    updates: instruments.counter({
      name: "metallb_k8s_client_updates_total",
      help: "Objects of the cluster that were worked on",
    }),
    updateErrors: instruments.counter({
      name: "metallb_k8s_client_update_errors_total",
      help: "Those that could not be dealt with",
    }),
  };
}

/** Every name ends in what is counted. */
function ownInstruments(instruments: Instruments) {
  return {
    addressChanges: instruments.counter({
      name: "steelyard_address_changes_total",
      help: "Addresses that a Service held and lost or exchanged, by cause",
      labelNames: ["cause"],
    }),
    durations: instruments.histogram(
      {
        name: "steelyard_reconcile_duration_seconds",
        help: "From taking up an object to having dealt with it, its write included",
        labelNames: ["kind"],
      },
      durationBuckets,
    ),
    writes: instruments.counter({
      name: "steelyard_writes_total",
      help: "Writes sent to the API server, by what became of them",
      labelNames: ["kind", "outcome"],
    }),
    budgetDelays: instruments.counter({
      name: "steelyard_write_budget_delays_total",
      help: "Writes that the write budget put off",
    }),
    droppedEvents: instruments.counter({
      name: "steelyard_events_dropped_total",
      help: "Events about objects of the cluster that will never be stored",
    }),
  };
}
