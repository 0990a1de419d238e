import { type IpFamily } from "@steelyard/model/address";

/** Whose software a router runs. */
export type RouterKind = "frr" | "bird" | "gobgp" | "openbgpd" | "exabgp";

export const routerKinds: readonly RouterKind[] = ["frr", "bird", "gobgp", "openbgpd", "exabgp"];

/** What a router is configured with, in no software's words. */
export interface RouterConfig {
  readonly asn: number;
  /** Dotted quad. */
  readonly routerId: string;
  readonly neighbors: readonly RouterNeighbor[];
  /** Prefixes the router announces to everybody. */
  readonly networks?: readonly string[];
  /** Lines of the software's own, behind the others: FRR's inside `router bgp`. */
  readonly extra?: readonly string[];
}

/** One of `address`, `range` and `interface` says who it is. */
export interface RouterNeighbor {
  readonly address?: string;
  /** Whoever dials from this prefix. FRR, BIRD, GoBGP, OpenBGPD. */
  readonly range?: string;
  /** Unnumbered: whoever is at the other end of the link. FRR, which dials as well. */
  readonly interface?: string;
  /** `external`: any but the router's own. FRR, BIRD. */
  readonly asn: number | "external";
  /** As whom the router shows itself, where that is not its own AS. FRR, BIRD, GoBGP, OpenBGPD. */
  readonly localAsn?: number;
  /** The family of the address when left out; for an interface both. */
  readonly families?: readonly IpFamily[];
  /** The router's own address; needed by ExaBGP, and by BIRD where it has several. */
  readonly source?: string;
  /** Without spaces, which FRR does not take. */
  readonly password?: string;
  readonly holdSeconds?: number;
  readonly keepaliveSeconds?: number;
  /** How many routers are between, at most; directly connected when left out. */
  readonly hops?: number;
  /** RFC 5082, with this many hops. FRR, BIRD, GoBGP, OpenBGPD. */
  readonly ttlSecurity?: number;
  /** The router dials; otherwise it waits to be dialled. */
  readonly dials?: boolean;
  /** RFC 4724, as one that keeps our routes while we restart; `true` when left out. */
  readonly keepsRoutes?: boolean;
  readonly bfd?: RouterBfd;
}

/** Milliseconds. FRR and BIRD. */
export interface RouterBfd {
  readonly receiveMillis: number;
  readonly transmitMillis: number;
  readonly multiplier: number;
  readonly passive?: boolean;
  /** FRR. */
  readonly echoMillis?: number;
  /** Of BIRD: that BFD goes down is followed by a graceful restart, too. Others take AdminDown for what it is. */
  readonly graceful?: boolean;
}

/** One path to a prefix, as a router has learned it. */
export interface LearnedRoute {
  readonly prefix: string;
  /** The neighbour's address, or its interface. */
  readonly from: string;
  readonly nextHop: string;
  readonly asPath: readonly number[];
  readonly localPref?: number;
  /** `65000:100`; well-known ones as numbers as well. */
  readonly communities: readonly string[];
  /** `65000:1:2`. */
  readonly largeCommunities: readonly string[];
  /** Kept from a session that is gone (RFC 4724). */
  readonly stale: boolean;
}

export interface RouterSession {
  /** The neighbour's address, or its interface. */
  readonly neighbor: string;
  readonly established: boolean;
  /** In the software's own words. */
  readonly state: string;
  /** The same as long as the same session stands; empty when none does. */
  readonly identity: string;
  /** Why it ended last, in the software's words, where it says. */
  readonly lastError?: string;
}

export interface RouterBfdSession {
  readonly peer: string;
  readonly state: "up" | "down" | "init" | "admin-down";
  /** In the software's words. */
  readonly diagnostic?: string;
  /** What the peer asked for last. FRR. */
  readonly remote?: {
    readonly receiveMillis: number;
    readonly transmitMillis: number;
    readonly multiplier: number;
  };
}

/** The families of a neighbour's session. */
export function familiesOf(neighbor: RouterNeighbor): readonly IpFamily[] {
  if (neighbor.families !== undefined) return neighbor.families;
  if (neighbor.interface !== undefined) return ["IPv4", "IPv6"];
  return [(neighbor.address ?? neighbor.range ?? "").includes(":") ? "IPv6" : "IPv4"];
}

/** A neighbour's name in the software's configuration and answers. */
export function nameOf(neighbor: RouterNeighbor): string {
  return neighbor.address ?? neighbor.range ?? neighbor.interface ?? "";
}
