import { type IpAddress } from "../../address/index.ts";
import { type LabelSelector, type Millis } from "../../foundation/index.ts";

/**
 * A BGPPeer with its fields checked and its BFDProfile put in (reference metallb.md, sections 1.4 and 2.3): what any
 * of MetalLB's backends can do is accepted, and no field that one of them refuses is refused here.
 */
export interface BgpPeer {
  readonly name: string;
  readonly myAsn: number;
  /** The AS number that the router has to show, or which kind of numbers is welcome (dynamicASN). */
  readonly peerAsn: number | "internal" | "external";
  /** Shown to this router in place of myAsn; undefined = myAsn is shown. */
  readonly localAsn: number | undefined;
  readonly endpoint: BgpEndpoint;
  readonly port: number;
  /** undefined = the route to the router decides. */
  readonly sourceAddress: IpAddress | undefined;
  /** undefined = the speaker's own defaults. */
  readonly timers: BgpTimers | undefined;
  readonly connectTimeSeconds: number | undefined;
  /** IPv4, not 0.0.0.0 (RFC 6286, section 2.1); undefined = the speaker chooses. */
  readonly routerId: IpAddress | undefined;
  /** Empty = all nodes. Otherwise one of them must match the Node's labels. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** Of the TCP MD5 signatures (RFC 2385). */
  readonly password: BgpPassword | undefined;
  readonly bfd: BfdProfile | undefined;
  readonly gracefulRestart: boolean;
  readonly ebgpMultiHop: boolean;
  /** From an annotation: how many hops away the router may be when TTLs are checked (RFC 5082); undefined = they are not. */
  readonly ttlSecurity: number | undefined;
  /** The name of the VRF device; undefined = the main routing table. */
  readonly vrf: string | undefined;
  /** Both families over the one session (RFC 4760). */
  readonly dualStackAddressFamily: boolean;
}

/** Where the router is: at an address, or by its link-local address behind an interface (unnumbered peering). */
export type BgpEndpoint =
  | { readonly by: "address"; readonly address: IpAddress }
  | { readonly by: "interface"; readonly interface: string };

export interface BgpTimers {
  /** 0 = never; otherwise at least 3 (RFC 4271, section 4.2). */
  readonly holdTimeSeconds: number;
  readonly keepaliveMs: Millis;
}

export type BgpPassword =
  | { readonly from: "spec"; readonly text: string }
  /** Of type kubernetes.io/basic-auth, in the program's own namespace, under the key `password`. */
  | { readonly from: "secret"; readonly name: string };

/** A BFDProfile with the defaults put in (reference metallb.md, sections 1.5 and 2.6). */
export interface BfdProfile {
  readonly name: string;
  readonly receiveIntervalMs: Millis;
  readonly transmitIntervalMs: Millis;
  readonly detectMultiplier: number;
  readonly echoIntervalMs: Millis;
  readonly echoMode: boolean;
  readonly passiveMode: boolean;
  readonly minimumTtl: number;
}

/** A BGPAdvertisement with its lists checked and its aliases resolved (reference metallb.md, sections 1.3 and 2.4). */
export interface BgpAdvertisement {
  readonly name: string;
  /** Prefix lengths of the routes. */
  readonly aggregationLength: number;
  readonly aggregationLengthV6: number;
  /** 0 = the attribute is not sent. */
  readonly localPref: number;
  /** How many more times our own AS number is put in front. */
  readonly asPathPrepend: number;
  /** In ascending order, each once. */
  readonly communities: readonly BgpCommunity[];
  /** Names of BGPPeers, existing or not; empty = all of them. */
  readonly peers: readonly string[];
  /** Empty = all nodes. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** Empty = all Services. */
  readonly serviceSelectors: readonly LabelSelector[];
}

export type BgpCommunity =
  /** RFC 1997: two parts of 16 bits. */
  | { readonly size: "standard"; readonly global: number; readonly local: number }
  /** RFC 8092: three parts of 32 bits. */
  | { readonly size: "large"; readonly global: number; readonly local1: number; readonly local2: number };
