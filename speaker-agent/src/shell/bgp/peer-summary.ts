import { formatIpAddress, ipAddress } from "@steelyard/model/address";
import { type Clock } from "@steelyard/model/foundation";
import { type BgpSessionCounters, type BgpSessionReport } from "../../core/machines/bgp-session/types.ts";
import { type UnsendableRoutes } from "../../core/rib/types.ts";
import { type BfdCounters } from "../../ports/router-watch.ts";
import { type BgpPeerStatus } from "./peer-status.ts";

/** What `/status.json` says of one router. */
export interface BgpPeerSummary {
  readonly router: string;
  readonly vrf?: string;
  readonly state: BgpSessionReport["state"];
  /** For how many seconds it has been in this state. */
  readonly forSeconds: number;
  /** Why it does not come up, or why it went down last; one sentence. */
  readonly lastError?: string;
  readonly negotiated?: NegotiatedSummary;
  readonly counters: BgpSessionCounters;
  /** Prefixes that the router has from us, that it is still to have, and that it cannot get, with the reason. */
  readonly advertised: number;
  readonly pending: number;
  readonly withheld: readonly UnsendableRoutes[];
  /** Prefixes the router has announced to us; they are counted and not used. */
  readonly received: BgpSessionReport["received"];
  readonly bfd?: {
    readonly state: string;
    readonly because: string;
    readonly detectMillis: number;
    readonly counters: BfdCounters;
  };
}

type Negotiated = NonNullable<BgpSessionReport["negotiated"]>;

/** Router IDs as people and routers write them. */
type NegotiatedSummary = Omit<Negotiated, "connection" | "routerId" | "peerRouterId"> & {
  readonly routerId: string;
  readonly peerRouterId: string;
};

/** By name. */
export function summariseBgpPeers(
  peers: readonly BgpPeerStatus[],
  clock: Clock,
): Readonly<Record<string, BgpPeerSummary>> {
  return Object.fromEntries(peers.map((peer) => [peer.name, summarise(peer, clock)]));
}

function summarise({ router, vrf, session, rib, bfd }: BgpPeerStatus, clock: Clock): BgpPeerSummary {
  const { state, since, lastError, negotiated, counters, received } = session;
  return {
    router,
    ...(vrf !== undefined && { vrf }),
    state,
    forSeconds: Math.floor((clock.now() - since) / 1000),
    ...(lastError !== undefined && { lastError }),
    ...(negotiated !== undefined && { negotiated: negotiatedOf(negotiated) }),
    counters,
    advertised: rib.advertised,
    pending: rib.pending,
    withheld: rib.unsendable,
    received,
    ...(bfd !== undefined && { bfd: bfdOf(bfd) }),
  };
}

function negotiatedOf({ connection: _, routerId, peerRouterId, ...rest }: Negotiated): NegotiatedSummary {
  return { ...rest, routerId: dotted(routerId), peerRouterId: dotted(peerRouterId) };
}

function dotted(routerId: number): string {
  return formatIpAddress(ipAddress("IPv4", BigInt(routerId)));
}

function bfdOf({ report }: NonNullable<BgpPeerStatus["bfd"]>): NonNullable<BgpPeerSummary["bfd"]> {
  const { state, because, detectTime, counters } = report;
  return { state, because, detectMillis: detectTime, counters };
}
