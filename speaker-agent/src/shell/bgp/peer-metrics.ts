import { type BgpPeerMetrics } from "../../ports/agent-metrics.ts";
import { type BgpPeerStatus } from "./peer-status.ts";

/** One session in numbers. */
export function bgpPeerMetrics({ endpoint, vrf, session, rib, bfd }: BgpPeerStatus): BgpPeerMetrics {
  const { counters, received } = session;
  return {
    peer: endpoint,
    vrf,
    isUp: session.state === "established",
    advertised: rib.advertised,
    pending: rib.pending,
    withheld: rib.unsendable.reduce((sum, { routes }) => sum + routes, 0),
    received,
    counters,
    bfd: bfd && { peer: bfd.peer, isUp: bfd.report.state === "up", counters: bfd.report.counters },
  };
}
