import { type IpAddress, type IpFamily, type IpPrefix } from "@steelyard/model/address";
import { type BgpCommunity } from "@steelyard/model/config";
import { type Instant, type Millis } from "@steelyard/model/foundation";
import { type BgpNextHop, type BgpPathAttributes, type BgpUpdateMessage } from "../wire/bgp/messages.ts";

/** A route of ours as the configuration wants it, before it is clothed for one session. */
export interface Route {
  readonly prefix: IpPrefix;
  /** Inside our own AS only; 0 = the usual 100. */
  readonly localPref: number;
  /** How many more times our own AS number is put in front, to routers of other ASes. */
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
  /** The one timer there is: a later one replaces an earlier one, and one that comes for nothing does no harm. */
  | { readonly kind: "arm"; readonly at: Instant }
  /**
   * Everything wanted is out, in this session for the first time or again: the last batch has been answered by
   * `writable`. Also the answer to `graceful-shutdown` when there is nothing to send.
   */
  | { readonly kind: "settled" };

export type RibMessage =
  | BgpUpdateMessage
  | { readonly kind: "route-refresh"; readonly family: IpFamily; readonly subtype: "begin" | "end" };

/** For status, metrics and the condition. */
export interface RibOutReport {
  /** Sent in this session and not withdrawn. */
  readonly advertised: number;
  /** Wanted and not sent yet, to be sent anew, or to be withdrawn; with those held back. */
  readonly pending: number;
  /** Of those, the ones that wait until they have been wanted for the route delay. */
  readonly heldBack: number;
  /** Wanted, and not to be sent in this session: why, as the end of a sentence; by family. */
  readonly unsendable: readonly UnsendableRoutes[];
  /** UPDATE messages of all sessions so far, End-of-RIB included. */
  readonly updatesSent: number;
}

export interface UnsendableRoutes {
  readonly family: IpFamily;
  readonly routes: number;
  readonly because: string;
}

export interface RibOutContext {
  readonly now: Instant;
  /** How long a route has to be wanted before it is announced; 0 = no time. The first table ever is not delayed. */
  readonly routeDelay: Millis;
  /** What one batch may hold; the message that reaches it is the last. Undefined = 64 KiB. */
  readonly batchBytes?: number;
}

export interface RibOutStep {
  readonly state: RibOutState;
  readonly effects: readonly RibOutEffect[];
}

/** What is said to one router, and what it knows. */
export interface RibOutState {
  /** As told; undefined = nobody knows yet. */
  readonly wanted: RouteTable | undefined;
  /** Since when the routes are wanted that are held back, by the text of the prefix. */
  readonly heldBack: ReadonlyMap<string, Instant>;
  /** What is wanted and not held back; the same array as `wanted` when nothing is. */
  readonly due: RouteTable;
  /** RFC 8326: this node is being drained. */
  readonly leaving: boolean;
  /** Undefined = not established. */
  readonly session: RibOutSession | undefined;
  readonly updatesSent: number;
}

export interface RibOutSession {
  readonly terms: RibSession;
  /** What the router is to have. */
  readonly target: TargetTable;
  /** What it has, as soon as all that was sent has arrived. The same object as `target` when nothing is to do. */
  readonly advertised: ClothedTable;
  /** A batch is on its way: nothing is sent before `writable`. */
  readonly outstanding: boolean;
  /** `settled` has been told. */
  readonly settled: boolean;
  readonly families: Readonly<Record<IpFamily, FamilyProgress>>;
}

export interface FamilyProgress {
  readonly endOfRibSent: boolean;
  /** RFC 7313: asked for again; being sent between BoRR and EoRR. */
  readonly refresh: "none" | "asked" | "running";
}

/** Routes with the attributes they have in one session: two lists of the same length, sorted like a RouteTable. */
export interface ClothedTable {
  readonly routes: readonly Route[];
  /** Undefined = sent, but the router wants it again: equal to nothing. */
  readonly looks: readonly (Look | undefined)[];
}

export interface TargetTable extends ClothedTable {
  /** Of what it was made; undefined = of nothing yet. */
  readonly from: Clothing | undefined;
  readonly byKey: ReadonlyMap<string, Look>;
  /** What is due and not in it; by family and reason. */
  readonly unsendable: readonly UnsendableRoutes[];
}

/** What decides what a router is to have. */
export interface Clothing {
  readonly due: RouteTable;
  readonly terms: RibSession;
  readonly leaving: boolean;
}

/** Attributes of many routes: one object each in a table. */
export interface Look {
  /** Equal for equal attributes of one family, in one session. */
  readonly key: string;
  readonly attributes: BgpPathAttributes;
  /** How many bytes of prefixes an UPDATE with them holds. */
  readonly room: number;
}
