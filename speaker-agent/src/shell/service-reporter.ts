import { type LogSink } from "@steelyard/client";
import { formatIpAddress } from "@steelyard/model/address";
import { serviceKey } from "../core/desired/service-key.ts";
import { type CarriedRoutes } from "../core/desired/bgp/carried-routes.ts";
import { type BgpVerdict } from "../core/desired/bgp/types.ts";
import { type DesiredState } from "../core/desired/types.ts";
import { announcementChanges, bgpReasons, layer2Reasons } from "../core/reporting/announcement-change.ts";
import { buildBgpStandings } from "../core/reporting/build-bgp-standings.ts";
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

type Protocol = "layer2" | "bgp";

/** Tells people what this node announces: log, metrics and events, each only where something is different from before. */
export class ServiceReporter {
  readonly #nodeName: string;
  readonly #deps: ServiceReporterDeps;
  readonly #standings = new Map<Protocol, Standings>();
  #told: { readonly desired: DesiredState; readonly report: NetioReport } | undefined;
  #toldBgp: { readonly verdicts: readonly BgpVerdict[]; readonly carried: CarriedRoutes } | undefined;

  constructor(options: { readonly nodeName: string }, deps: ServiceReporterDeps) {
    this.#nodeName = options.nodeName;
    this.#deps = deps;
  }

  /** @param owners by the text of an address */
  update(desired: DesiredState, report: NetioReport, owners: ReadonlyMap<string, string>): void {
    if (this.#told?.desired === desired && this.#told.report === report) return;
    this.#told = { desired, report };
    const { addresses, verdicts } = desired;
    this.#tell("layer2", buildStandings(verdicts, report), () => layer2Reasons(verdicts, owners));
    const current = new Set(addresses.map(({ address }) => formatIpAddress(address)));
    this.#deps.metrics.setLayer2Counters(
      report.counters.filter(({ address }) => current.has(formatIpAddress(address))),
    );
  }

  /** The same of BGP. */
  updateBgp(verdicts: readonly BgpVerdict[], carried: CarriedRoutes): void {
    if (this.#toldBgp?.verdicts === verdicts && this.#toldBgp.carried === carried) return;
    this.#toldBgp = { verdicts, carried };
    const now = buildBgpStandings(this.#standingsOf("bgp"), verdicts, carried);
    this.#tell("bgp", now, () => bgpReasons(verdicts));
  }

  #standingsOf(protocol: Protocol): Standings {
    return this.#standings.get(protocol) ?? new Map();
  }

  #tell(protocol: Protocol, now: Standings, reasons: () => ReadonlyMap<string, string>): void {
    const { log, metrics, recordEvents } = this.#deps;
    const before = this.#standingsOf(protocol);
    this.#standings.set(protocol, now);
    for (const { event, ...fields } of announcementChanges(before, now, reasons())) {
      if (event === "announceFailed") log.warn({ event, ...fields, protocol }, "cannot announce the service");
      else log.info({ event, ...fields, protocol }, event === "serviceAnnounced" ? "announced" : "withdrawn");
    }
    const events = planServiceEvents(before, now, this.#nodeName, protocol);
    this.#warn(events, protocol);
    recordEvents(events);
    metrics.setSuspended(this.#suspended);
    metrics.setAnnounced(
      protocol,
      [...now].flatMap(([service, { announced }]) => announced.map(({ address }) => ({ service, address }))),
    );
  }

  /** By either protocol; each once. */
  get #suspended(): readonly string[] {
    const keys = [...this.#standings.values()].flatMap((standings) =>
      [...standings].flatMap(([service, { suspended }]) => (suspended === undefined ? [] : [service])),
    );
    return [...new Set(keys)];
  }

  /** What is no change of an announcement, and still for people to read. */
  #warn(events: readonly ServiceEvent[], protocol: Protocol): void {
    for (const { reason, message, service, type } of events) {
      if (type === "Normal" || reason === "announceFailed") continue;
      this.#deps.log.warn({ event: reason, service: serviceKey(service), protocol }, message);
    }
  }
}
