import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import { type PoolUsage } from "../../core/reconcile/index.ts";
import { type OperatorMetrics } from "../../ports/operator-metrics.ts";

/** Above this a count is not told: MetalLB's counters stop there too (reference metallb.md, section 3.8). */
const largestCount = 2n ** 63n - 1n;

/** The operator's metrics as a Prometheus page, with MetalLB's names and labels so that its dashboards and alerts work. */
export class PrometheusMetrics implements OperatorMetrics {
  readonly #registry = new Registry();
  readonly #pools: Readonly<Record<PoolGaugeName, Gauge>>;
  readonly #loaded: Gauge;
  readonly #stale: Gauge;
  readonly #updates: Counter;
  readonly #updateErrors: Counter;
  readonly #budgetDelays: Counter;
  readonly #droppedEvents: Counter;
  readonly #addressChanges: Counter;
  readonly #contested: Gauge;
  readonly #pending: Gauge;

  constructor() {
    const registers = [this.#registry];
    const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
      new Gauge({ name, help, labelNames, registers });
    const counter = (name: string, help: string, labelNames: readonly string[] = []): Counter =>
      new Counter({ name, help, labelNames, registers });
    // A sample a second shows a stalled event loop well enough; prom-client's usual hundred cost CPU for nothing.
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: 1000 });
    const ofPool = (name: PoolGaugeName): [PoolGaugeName, Gauge] => [
      name,
      gauge(`metallb_allocator_${name}`, poolGauges[name].help, ["pool"]),
    ];
    this.#pools = Object.fromEntries(poolGaugeNames.map(ofPool)) as Record<PoolGaugeName, Gauge>;
    this.#loaded = gauge("metallb_k8s_client_config_loaded_bool", "1 once a configuration is in force");
    this.#stale = gauge(
      "metallb_k8s_client_config_stale_bool",
      "1 while an object is not in force as it stands",
    );
    this.#updates = counter("metallb_k8s_client_updates_total", "Objects of the cluster that were worked on");
    this.#updateErrors = counter(
      "metallb_k8s_client_update_errors_total",
      "Those that could not be dealt with",
    );
    this.#budgetDelays = counter(
      "steelyard_write_budget_delays_total",
      "Writes that the write budget put off",
    );
    this.#droppedEvents = counter(
      "steelyard_events_dropped_total",
      "Events about objects of the cluster that will never be stored",
    );
    this.#addressChanges = counter(
      "steelyard_address_changes_total",
      "Addresses that a Service held and lost or exchanged, by cause",
      ["cause"],
    );
    this.#contested = gauge(
      "steelyard_contested_services",
      "Services that somebody else writes too, against us",
    );
    this.#pending = gauge("steelyard_pending_services", "Services that wait for an address");
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page in Prometheus' text format. */
  page(): Promise<string> {
    return this.#registry.metrics();
  }

  setPoolUsage(pool: string, usage: PoolUsage): void {
    for (const name of poolGaugeNames) {
      const count = poolGauges[name].value(usage);
      this.#pools[name].set({ pool }, Number(count > largestCount ? largestCount : count));
    }
  }

  removePool(pool: string): void {
    for (const gauge of Object.values(this.#pools)) gauge.remove({ pool });
  }

  setConfiguration({ isStale }: { readonly isStale: boolean }): void {
    this.#loaded.set(1);
    this.#stale.set(Number(isStale));
  }

  countUpdate({ failed }: { readonly failed: boolean }): void {
    this.#updates.inc();
    if (failed) this.#updateErrors.inc();
  }

  countBudgetDelay(): void {
    this.#budgetDelays.inc();
  }

  countDroppedEvents(events: number): void {
    this.#droppedEvents.inc(events);
  }

  countAddressChange(cause: string): void {
    this.#addressChanges.inc({ cause });
  }

  setContested(services: number): void {
    this.#contested.set(services);
  }

  setPending(services: number): void {
    this.#pending.set(services);
  }
}

interface PoolGauge {
  readonly help: string;
  readonly value: (usage: PoolUsage) => bigint;
}

/** Prefixed with `metallb_allocator_`, labelled with the pool. */
const poolGauges = {
  addresses_total: {
    help: "Addresses of the pool",
    value: ({ IPv4, IPv6 }) => IPv4.capacity + IPv6.capacity,
  },
  addresses_in_use_total: {
    help: "Addresses of the pool that are in use",
    value: ({ IPv4, IPv6 }) => IPv4.assigned + IPv6.assigned,
  },
  ipv4_addresses_total: { help: "IPv4 addresses of the pool", value: ({ IPv4 }) => IPv4.capacity },
  ipv6_addresses_total: { help: "IPv6 addresses of the pool", value: ({ IPv6 }) => IPv6.capacity },
  ipv4_addresses_in_use_total: {
    help: "IPv4 addresses of the pool in use",
    value: ({ IPv4 }) => IPv4.assigned,
  },
  ipv6_addresses_in_use_total: {
    help: "IPv6 addresses of the pool in use",
    value: ({ IPv6 }) => IPv6.assigned,
  },
  services_allocated_total: {
    help: "Services with an address of the pool",
    value: ({ services }) => BigInt(services),
  },
} as const satisfies Readonly<Record<string, PoolGauge>>;

type PoolGaugeName = keyof typeof poolGauges;
const poolGaugeNames = Object.keys(poolGauges) as PoolGaugeName[];
