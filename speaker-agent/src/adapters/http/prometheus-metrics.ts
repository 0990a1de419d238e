import { formatIpAddress } from "@steelyard/model/address";
import { Counter, Gauge, Registry } from "prom-client";
import { type WorkerReport } from "../../core/machines/announcer/types.ts";
import { type AgentMetrics, type AnnouncedAddress } from "../../ports/agent-metrics.ts";
import { registerProcessMetrics } from "./process-metrics.ts";

type CounterName = "requests" | "responses" | "gratuitous";

/** The agent's metrics as a Prometheus page, with MetalLB's names and labels so that its dashboards and alerts work. */
export class PrometheusMetrics implements AgentMetrics {
  readonly #nodeName: string;
  readonly #registry = new Registry();
  readonly #announced: Gauge;
  readonly #layer2: Readonly<Record<CounterName, Counter>>;
  readonly #loaded: Gauge;
  readonly #stale: Gauge;
  readonly #updates: Counter;
  readonly #updateErrors: Counter;
  /** The worker's totals as they were last added, by address text. */
  #counted: ReadonlyMap<string, Readonly<Record<CounterName, number>>> = new Map();

  constructor(options: { nodeName: string }) {
    this.#nodeName = options.nodeName;
    const announcedLabels = ["service", "protocol", "node", "ip"];
    this.#announced = this.#gauge(
      "metallb_speaker_announced",
      "Services announced from this node",
      announcedLabels,
    );
    this.#layer2 = {
      requests: this.#counter(
        "metallb_layer2_requests_received",
        "ARP requests and solicitations for an address",
        ["ip"],
      ),
      responses: this.#counter("metallb_layer2_responses_sent", "Answers to them", ["ip"]),
      gratuitous: this.#counter("metallb_layer2_gratuitous_sent", "Frames sent unasked to claim an address", [
        "ip",
      ]),
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
    registerProcessMetrics(this.#registry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The page in Prometheus' text format. */
  page(): Promise<string> {
    return this.#registry.metrics();
  }

  setAnnounced(announced: readonly AnnouncedAddress[]): void {
    this.#announced.reset();
    for (const { service, address } of announced) {
      const ip = formatIpAddress(address);
      this.#announced.set({ service, protocol: "layer2", node: this.#nodeName, ip }, 1);
    }
  }

  setLayer2Counters(counters: WorkerReport["counters"]): void {
    const now = new Map(counters.map(({ address, ...totals }) => [formatIpAddress(address), totals]));
    for (const [name, counter] of Object.entries(this.#layer2) as [CounterName, Counter][]) {
      for (const ip of this.#counted.keys()) if (!now.has(ip)) counter.remove({ ip });
      for (const [ip, totals] of now)
        counter.inc({ ip }, growth(this.#counted.get(ip)?.[name], totals[name]));
    }
    this.#counted = now;
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

  #counter(name: string, help: string, labelNames: readonly string[] = []): Counter {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }
}

/** What has come on top of `before`; totals that fell are those of a worker that started again. */
function growth(before = 0, now: number): number {
  return now >= before ? now - before : now;
}
