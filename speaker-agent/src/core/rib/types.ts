import { type IpAddress, type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";
import { type BgpNextHop, type BgpUpdateMessage } from "../wire/bgp/messages.ts";

/** A route of ours as the configuration wants it, before it is clothed for one session. */
export interface Route {
  readonly prefix: IpPrefix;
  /** 0 = the attribute is not sent. */
  readonly localPref: number;
  /** How many more times our own AS number is put in front. */
  readonly asPathPrepend: number;
  /** Ascending, each once. */
  readonly communities: readonly BgpCommunity[];
}

/** What one router is to have, whole; sorted by family, network and length, each prefix once. */
export type RouteTable = readonly Route[];

/** What decides how a route looks in one established session. */
export interface RibSession {
  /** Our AS number as this router sees it. */
  readonly localAsn: number;
  /** Whether the router is of the same AS. */
  readonly internal: boolean;
  /** Families negotiated; of the others nothing is sent. */
  readonly families: readonly IpFamily[];
  /** RFC 8950 negotiated for IPv4. */
  readonly extendedNextHop: boolean;
  /** RFC 7313 negotiated: a refresh is answered between BoRR and EoRR. */
  readonly enhancedRouteRefresh: boolean;
  /** End-of-RIB is sent when everything is out (RFC 4724, section 2, recommends it in any case). */
  readonly nextHops: NextHops;
}

/** By which address of this node the router reaches us; a family without one is not announced, and the report says so. */
export interface NextHops {
  readonly IPv4?: IpAddress;
  readonly IPv6?: BgpNextHop;
}

/** What the driver of a session tells its outgoing routes. */
export type RibOutInput =
  /** What is wanted now, by level. Before the first one nothing is sent, and no End-of-RIB. */
  | { readonly kind: "routes"; readonly routes: RouteTable }
  | { readonly kind: "established"; readonly session: RibSession }
  /** The addresses of this node have changed. */
  | { readonly kind: "next-hops"; readonly nextHops: NextHops }
  | { readonly kind: "down" }
  /** The router asks for everything again (RFC 2918). */
  | { readonly kind: "refresh"; readonly family: IpFamily }
  /** What was sent is out: the connection takes more. */
  | { readonly kind: "writable" }
  /** RFC 8326: everything is sent again with GRACEFUL_SHUTDOWN and the lowest local preference. */
  | { readonly kind: "graceful-shutdown" }
  | { readonly kind: "timer" };

export type RibOutEffect =
  /** One batch; the driver answers `writable` when it is out. */
  | { readonly kind: "send"; readonly messages: readonly RibMessage[] }
  | { readonly kind: "arm"; readonly at: number }
  /** Everything wanted is out, in this session for the first time, or again. */
  | { readonly kind: "settled" };

export type RibMessage =
  | BgpUpdateMessage
  | { readonly kind: "route-refresh"; readonly family: IpFamily; readonly subtype: "begin" | "end" };

/** For status, metrics and the condition. */
export interface RibOutReport {
  /** Sent in this session and not withdrawn. */
  readonly advertised: number;
  /** Wanted and not sent yet, or to be withdrawn. */
  readonly pending: number;
  /** Wanted, and not to be sent in this session: why, as the end of a sentence; by family. */
  readonly unsendable: readonly {
    readonly family: IpFamily;
    readonly routes: number;
    readonly because: string;
  }[];
  readonly updatesSent: number;
}
