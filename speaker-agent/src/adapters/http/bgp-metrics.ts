import { Counter, Gauge, type Registry } from "prom-client";
import { type BgpSessionCounters } from "../../core/machines/bgp-session/types.ts";
import { type BgpPeerMetrics } from "../../ports/agent-metrics.ts";

type Bfd = NonNullable<BgpPeerMetrics["bfd"]>;

/** A number of one thing, under its name; in order, with what it says of itself. */
type Table<T> = Readonly<Record<string, { readonly help: string; readonly of: (one: T) => number }>>;

/** FRR's name of the main routing table, which MetalLB's exporter shows. */
const mainTable = "default";

const bgpGauges: Table<BgpPeerMetrics> = {
  metallb_bgp_session_up: { help: "1 while the session is established", of: ({ isUp }) => Number(isUp) },
  metallb_bgp_announced_prefixes_total: {
    help: "Prefixes the router has from this node",
    of: ({ advertised }) => advertised,
  },
  metallb_bgp_pending_prefixes_total: {
    help: "Prefixes it is still to be told of",
    of: ({ pending }) => pending,
  },
  steelyard_bgp_withheld_prefixes: {
    help: "Prefixes that cannot be sent in this session",
    of: ({ withheld }) => withheld,
  },
};

const bgpCounters: Table<BgpPeerMetrics> = {
  metallb_bgp_updates_total: { help: "UPDATEs sent", of: ({ counters }) => counters.updatesSent },
  metallb_bgp_updates_total_received: {
    help: "UPDATEs received",
    of: ({ counters }) => counters.updatesReceived,
  },
  metallb_bgp_opens_sent: { help: "OPENs sent", of: ({ counters }) => counters.opensSent },
  metallb_bgp_opens_received: { help: "OPENs received", of: ({ counters }) => counters.opensReceived },
  metallb_bgp_notifications_sent: {
    help: "NOTIFICATIONs sent",
    of: ({ counters }) => counters.notificationsSent,
  },
  metallb_bgp_keepalives_sent: { help: "KEEPALIVEs sent", of: ({ counters }) => counters.keepalivesSent },
  metallb_bgp_keepalives_received: {
    help: "KEEPALIVEs received",
    of: ({ counters }) => counters.keepalivesReceived,
  },
  metallb_bgp_route_refresh_sent: {
    help: "ROUTE-REFRESHes sent",
    of: ({ counters }) => counters.routeRefreshesSent,
  },
  metallb_bgp_total_sent: { help: "Messages sent", of: ({ counters }) => totalSent(counters) },
  metallb_bgp_total_received: { help: "Messages received", of: ({ counters }) => totalReceived(counters) },
  steelyard_bgp_flaps_total: {
    help: "How often an established session ended",
    of: ({ counters }) => counters.flaps,
  },
  steelyard_bgp_notifications_received_total: {
    help: "NOTIFICATIONs received",
    of: ({ counters }) => counters.notificationsReceived,
  },
};

const bfdGauges: Table<Bfd> = {
  metallb_bfd_session_up: { help: "1 while BFD is up", of: ({ isUp }) => Number(isUp) },
};

const bfdCounters: Table<Bfd> = {
  metallb_bfd_control_packet_input: {
    help: "Control packets received",
    of: ({ counters }) => counters.controlInput,
  },
  metallb_bfd_control_packet_output: {
    help: "Control packets sent",
    of: ({ counters }) => counters.controlOutput,
  },
  metallb_bfd_echo_packet_input: { help: "Echo packets received", of: ({ counters }) => counters.echoInput },
  metallb_bfd_echo_packet_output: { help: "Echo packets sent", of: ({ counters }) => counters.echoOutput },
  metallb_bfd_session_up_events: { help: "How often BFD came up", of: ({ counters }) => counters.ups },
  metallb_bfd_session_down_events: { help: "How often BFD went down", of: ({ counters }) => counters.downs },
  metallb_bfd_zebra_notifications: {
    help: "How often BGP was told of a change",
    of: ({ counters }) => counters.ups + counters.downs,
  },
};

/** Sessions with routers: MetalLB's metrics, and a few it has not. A session that is no more has no series. */
export class BgpMetrics {
  readonly #bgp: MetricSet<BgpPeerMetrics>;
  readonly #bfd: MetricSet<Bfd>;
  readonly #received: Gauge;

  constructor(registry: Registry) {
    this.#bgp = new MetricSet(registry, bgpGauges, bgpCounters);
    this.#bfd = new MetricSet(registry, bfdGauges, bfdCounters);
    this.#received = new Gauge({
      name: "steelyard_bgp_received_prefixes",
      help: "Prefixes the router has announced to this node; they are counted and not used",
      labelNames: ["peer", "vrf", "family"],
      registers: [registry],
    });
  }

  set(peers: readonly BgpPeerMetrics[]): void {
    this.#bgp.set(peers.map((peer) => [peer.peer, peer.vrf, peer]));
    this.#bfd.set(
      peers.flatMap(({ bfd, vrf }) => (bfd === undefined ? [] : [[bfd.peer, vrf, bfd] as const])),
    );
    this.#received.reset();
    for (const { peer, vrf = mainTable, received } of peers) {
      for (const [family, count] of Object.entries(received))
        this.#received.set({ peer, vrf, family }, count);
    }
  }
}

/** Gauges and counters with the labels `peer` and `vrf`, set as a whole. */
class MetricSet<T> {
  readonly #metrics: readonly (readonly [Gauge | Counter, (one: T) => number])[];

  constructor(registry: Registry, gauges: Table<T>, counters: Table<T>) {
    const common = { labelNames: ["peer", "vrf"], registers: [registry] };
    this.#metrics = [
      ...Object.entries(gauges).map(
        ([name, { help, of }]) => [new Gauge({ name, help, ...common }), of] as const,
      ),
      ...Object.entries(counters).map(
        ([name, { help, of }]) => [new Counter({ name, help, ...common }), of] as const,
      ),
    ];
  }

  set(all: readonly (readonly [peer: string, vrf: string | undefined, one: T])[]): void {
    // Two BGPPeers may share one session of BFD.
    const bySeries = new Map(all.map((entry) => [JSON.stringify(entry.slice(0, 2)), entry]));
    for (const [metric, of] of this.#metrics) {
      metric.reset();
      for (const [peer, vrf = mainTable, one] of bySeries.values()) metric.inc({ peer, vrf }, of(one));
    }
  }
}

function totalSent(counters: BgpSessionCounters): number {
  const { opensSent, notificationsSent, updatesSent, keepalivesSent, routeRefreshesSent } = counters;
  return opensSent + notificationsSent + updatesSent + keepalivesSent + routeRefreshesSent;
}

function totalReceived(counters: BgpSessionCounters): number {
  const {
    opensReceived,
    notificationsReceived,
    updatesReceived,
    keepalivesReceived,
    routeRefreshesReceived,
  } = counters;
  return (
    opensReceived + notificationsReceived + updatesReceived + keepalivesReceived + routeRefreshesReceived
  );
}
