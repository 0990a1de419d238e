import { formatIpAddress } from "@steelyard/model/address";
import { Counter, Gauge, Registry } from "prom-client";
import {
  type AgentMetrics,
  type AnnouncedAddress,
  type BgpPeerMetrics,
  type ConflictKind,
  type Layer2State,
} from "../../ports/agent-metrics.ts";
import { type NetioReport, type OwnerMove } from "../../ports/netio-report.ts";
import { BgpMetrics } from "./bgp-metrics.ts";
import { GrowingTotals } from "./growing-totals.ts";
import { Layer2Metrics } from "./layer2-metrics.ts";
import { registerProcessMetrics } from "./process-metrics.ts";

type CounterName = "requests" | "responses" | "gratuitous";

/** The agent's metrics as a Prometheus page, with MetalLB's names and labels so that its dashboards and alerts work. */
export class PrometheusMetrics implements AgentMetrics {
  readonly #nodeName: string;
  readonly #registry = new Registry();
  readonly #announced: Gauge;
  /** By protocol. */
  readonly #announcedBy = new Map<string, readonly AnnouncedAddress[]>();
  readonly #counters: Readonly<Record<CounterName, GrowingTotals>>;
  readonly #layer2: Layer2Metrics;
  readonly #bgp: BgpMetrics;
  #readBgpPeers: () => readonly BgpPeerMetrics[] = () => [];
  readonly #loaded: Gauge;
  readonly #stale: Gauge;
  readonly #updates: Counter;
  readonly #updateErrors: Counter;

  constructor(options: { nodeName: string }) {
    this.#nodeName = options.nodeName;
    this.#announced = new Gauge({
      name: "metallb_speaker_announced",
      help: "Services announced from this node",
      labelNames: ["service", "protocol", "node", "ip"],
      registers: [this.#registry],
      collect: () => this.#showAnnounced(),
    });
    this.#counters = {
      requests: this.#totals("requests_received", "ARP requests and solicitations for an address"),
      responses: this.#totals("responses_sent", "Answers to them"),
      gratuitous: this.#totals("gratuitous_sent", "Frames sent unasked to claim an address"),
    };
    this.#loaded = this.#gauge("metallb_k8s_client_config_loaded_bool", "1 once a configuration is in force");
    this.#stale = this.#gauge(
      "metallb_k8s_client_config_stale_bool",
      "1 while an object is not in force as it stands",
    );
    this.#updates = this.#counter(
      "metallb_k8s_client_updates_total",
      "Changes of the cluster that were looked at",
    );
    this.#updateErrors = this.#counter(
      "metallb_k8s_client_update_errors_total",
      "Those that could not be dealt with",
    );
    this.#layer2 = new Layer2Metrics(options, this.#registry);
    this.#bgp = new BgpMetrics(this.#registry);
    registerProcessMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page in Prometheus' text format. */
  async page(): Promise<string> {
    this.#bgp.set(this.#readBgpPeers());
    const page = await this.#registry.metrics();
    // A line is some 400 bytes in the registry, for each of ten thousand addresses.
    this.#announced.reset();
    return page;
  }

  setAnnounced(protocol: "layer2" | "bgp", announced: readonly AnnouncedAddress[]): void {
    this.#announcedBy.set(protocol, announced);
  }

  #showAnnounced(): void {
    this.#announced.reset();
    for (const [by, addresses] of this.#announcedBy) {
      for (const { service, address } of addresses) {
        const ip = formatIpAddress(address);
        this.#announced.set({ service, protocol: by, node: this.#nodeName, ip }, 1);
      }
    }
  }

  setLayer2Counters(counters: NetioReport["counters"]): void {
    for (const [name, totals] of Object.entries(this.#counters) as [CounterName, GrowingTotals][]) {
      const byAddress = counters.map((one): [string, number] => [formatIpAddress(one.address), one[name]]);
      totals.set(Object.fromEntries(byAddress), { forgets: true });
    }
  }

  setLayer2State(state: Layer2State): void {
    this.#layer2.setState(state);
  }

  countMove(move: OwnerMove): void {
    this.#layer2.countMove(move);
  }

  countConflicts(kind: ConflictKind, count: number): void {
    this.#layer2.countConflicts(kind, count);
  }

  followBgpPeers(read: () => readonly BgpPeerMetrics[]): void {
    this.#readBgpPeers = read;
  }

  setSuspended(services: readonly string[]): void {
    this.#layer2.setSuspended(services);
  }

  setConfiguration(state: { readonly loaded: boolean; readonly stale: boolean }): void {
    this.#loaded.set(Number(state.loaded));
    this.#stale.set(Number(state.stale));
  }

  countUpdate(outcome: "ok" | "failed"): void {
    this.#updates.inc();
    if (outcome === "failed") this.#updateErrors.inc();
  }

  #gauge(name: string, help: string, labelNames: readonly string[] = []): Gauge {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }

  #totals(name: string, help: string): GrowingTotals {
    return new GrowingTotals(this.#counter(`metallb_layer2_${name}`, help, ["ip"]), { label: "ip" });
  }

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}
