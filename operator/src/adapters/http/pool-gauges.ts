import { type Gauge } from "prom-client";
import { type PoolUsage } from "../../core/reconcile/index.ts";
import { type Instruments } from "./instruments.ts";

/** Above this a count is not told: MetalLB's counters stop there too (reference metallb.md, section 3.8). */
const largestCount = 2n ** 63n - 1n;

/** How full the pools are: a series per pool, which goes with it. */
export class PoolGauges {
  readonly #gauges: Readonly<Record<PoolGaugeName, Gauge>>;

  constructor(instruments: Instruments) {
    const ofPool = (name: PoolGaugeName): [PoolGaugeName, Gauge] => [
      name,
      instruments.gauge({
        name: `metallb_allocator_${name}`,
        help: poolGauges[name].help,
        labelNames: ["pool"],
      }),
    ];
    this.#gauges = Object.fromEntries(poolGaugeNames.map(ofPool)) as Record<PoolGaugeName, Gauge>;
  }

  set(pool: string, usage: PoolUsage): void {
    for (const name of poolGaugeNames) {
      const count = poolGauges[name].value(usage);
      this.#gauges[name].set({ pool }, Number(count > largestCount ? largestCount : count));
    }
  }

  remove(pool: string): void {
    for (const gauge of Object.values(this.#gauges)) gauge.remove({ pool });
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
