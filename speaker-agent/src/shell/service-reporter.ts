import { type LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { serviceKey } from "../core/desired/service-key.ts";
import { type DesiredState } from "../core/desired/types.ts";
import { announcementChanges } from "../core/reporting/announcement-change.ts";
import { buildStandings } from "../core/reporting/build-standings.ts";
import { planServiceEvents, type ServiceEvent } from "../core/reporting/service-event.ts";
import { type Standings } from "../core/reporting/standing.ts";
import { type AgentMetrics } from "../ports/agent-metrics.ts";
import { type NetioReport } from "../ports/netio-report.ts";

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
  #told: { readonly desired: DesiredState; readonly report: NetioReport } | undefined;

  constructor(options: { readonly nodeName: string }, deps: ServiceReporterDeps) {
    this.#nodeName = options.nodeName;
    this.#deps = deps;
  }

  /** @param owners by the text of an address */
  update(desired: DesiredState, report: NetioReport, owners: ReadonlyMap<string, string>): void {
    if (this.#told?.desired === desired && this.#told.report === report) return;
    this.#told = { desired, report };
    this.#tell(desired, report, owners);
  }

  #tell(
    { addresses, verdicts }: DesiredState,
    report: NetioReport,
    owners: ReadonlyMap<string, string>,
  ): void {
    const { log, metrics, recordEvents } = this.#deps;
    const before = this.#standings;
    const now = buildStandings(verdicts, report);
    this.#standings = now;
    for (const { event, ...fields } of announcementChanges(before, now, verdicts, owners)) {
      if (event === "announceFailed")
        log.warn({ event, ...fields, protocol: "layer2" }, "cannot announce the service");
      else
        log.info(
          { event, ...fields, protocol: "layer2" },
          event === "serviceAnnounced" ? "announced" : "withdrawn",
        );
    }
    const events = planServiceEvents(before, now, this.#nodeName);
    this.#warn(events);
    recordEvents(events);
    metrics.setSuspended(
      [...now].flatMap(([service, { suspended }]) => (suspended === undefined ? [] : [service])),
    );
    metrics.setAnnounced(
      [...now].flatMap(([service, { announced }]) => announced.map(({ address }) => ({ service, address }))),
    );
    const current = new Set(addresses.map(({ address }) => formatIpAddress(address)));
    metrics.setLayer2Counters(report.counters.filter(({ address }) => current.has(formatIpAddress(address))));
  }

  /** What is no change of an announcement, and still for people to read. */
  #warn(events: readonly ServiceEvent[]): void {
    for (const { reason, message, service, type } of events) {
      if (type === "Normal" || reason === "announceFailed") continue;
      this.#deps.log.warn({ event: reason, service: serviceKey(service), protocol: "layer2" }, message);
    }
  }
}
