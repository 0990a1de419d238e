import { formatIpAddress } from "@steelyard/model/address";
import { type WorkerReport } from "../../core/machines/announcer/types.ts";
import { type AgentMetrics, type AnnouncedAddress } from "../../ports/agent-metrics.ts";

/** The newest value of everything, in words a test can compare. */
export class RecordingMetrics implements AgentMetrics {
  announced: readonly string[] = [];
  counters: readonly string[] = [];
  configuration: { readonly loaded: boolean; readonly stale: boolean } | undefined;
  readonly updates: ("ok" | "failed")[] = [];

  setAnnounced(announced: readonly AnnouncedAddress[]): void {
    this.announced = announced.map(({ service, address }) => `${service} ${formatIpAddress(address)}`);
  }

  setLayer2Counters(counters: WorkerReport["counters"]): void {
    this.counters = counters.map(({ address, requests, responses, gratuitous }) => {
      return `${formatIpAddress(address)} ${requests} ${responses} ${gratuitous}`;
    });
  }

  setConfiguration(state: { readonly loaded: boolean; readonly stale: boolean }): void {
    this.configuration = state;
  }

  countUpdate(outcome: "ok" | "failed"): void {
    this.updates.push(outcome);
  }
}
