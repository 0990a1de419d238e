import { type LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { type DesiredState } from "../core/desired/types.ts";
import { type WorkerReport } from "../core/machines/announcer/types.ts";
import { announcementChanges } from "../core/reporting/announcement-change.ts";
import { buildStandings } from "../core/reporting/build-standings.ts";
import { planServiceEvents, type ServiceEvent } from "../core/reporting/service-event.ts";
import { type Standings } from "../core/reporting/standing.ts";
import { type AgentMetrics } from "../ports/agent-metrics.ts";

export interface ServiceReporterDeps {
  readonly log: LogSink;
  readonly metrics: AgentMetrics;
  readonly recordEvents: (events: readonly ServiceEvent[]) => void;
}

/** Tells people what this node announces: log, metrics and events, each only where something is different from before. */
export class ServiceReporter {
  readonly #nodeName: string;
  readonly #deps: ServiceReporterDeps;
  #standings: Standings = new Map();
  #told: { readonly desired: DesiredState; readonly report: WorkerReport } | undefined;

  constructor(options: { readonly nodeName: string }, deps: ServiceReporterDeps) {
    this.#nodeName = options.nodeName;
    this.#deps = deps;
  }

  update(desired: DesiredState, report: WorkerReport): void {
    if (this.#told?.desired === desired && this.#told.report === report) return;
    this.#told = { desired, report };
    this.#tell(desired, report);
  }

  #tell({ addresses, verdicts }: DesiredState, report: WorkerReport): void {
    const { log, metrics, recordEvents } = this.#deps;
    const before = this.#standings;
    const now = buildStandings(verdicts, report);
    this.#standings = now;
    for (const { event, ...fields } of announcementChanges(before, now, verdicts)) {
      if (event === "announceFailed")
        log.warn({ event, ...fields, protocol: "layer2" }, "cannot announce the service");
      else
        log.info(
          { event, ...fields, protocol: "layer2" },
          event === "serviceAnnounced" ? "announced" : "withdrawn",
        );
    }
    recordEvents(planServiceEvents(before, now, this.#nodeName));
    metrics.setAnnounced(
      [...now].flatMap(([service, { announced }]) => announced.map(({ address }) => ({ service, address }))),
    );
    const current = new Set(addresses.map(({ address }) => formatIpAddress(address)));
    metrics.setLayer2Counters(report.counters.filter(({ address }) => current.has(formatIpAddress(address))));
  }
}
