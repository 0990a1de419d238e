import { type IpAddress } from "@steelyard/model/address";
import { type BfdProfile } from "@steelyard/model/config";
import { type Millis } from "@steelyard/model/foundation";
import { type DiscoveredRouter } from "../core/machines/router-discovery/types.ts";
import { type BfdStateName } from "../core/wire/bfd.ts";

export { type BfdStateName, type DiscoveredRouter };

/** What the main thread wants the netio worker to watch of routers, whole: a later one replaces an earlier one. Plain data. */
export interface RouterWatch {
  readonly bfd: readonly BfdPeer[];
  /** Interfaces on which a router is looked for by router advertisements, and told of us the same way (unnumbered). Sorted. */
  readonly discover: readonly string[];
}

/** One BFD session; two BGP sessions with one router share it. */
export interface BfdPeer {
  /** Unique among all; what the reports call it. */
  readonly key: string;
  readonly remote: IpAddress;
  /** Undefined = the route decides. */
  readonly local: IpAddress | undefined;
  /** Where the router is, for link-local addresses and single hop; undefined = the route decides. */
  readonly interface: string | undefined;
  /** The VRF device. */
  readonly device: string | undefined;
  /** RFC 5883 in place of RFC 5881. */
  readonly multiHop: boolean;
  readonly profile: BfdProfile;
}

/** Posted at once when a session changes its state: BGP waits for it. */
export interface BfdChange {
  readonly key: string;
  readonly state: BfdStateName;
  /** Whether this session has been up since it was configured: one that never was has nothing to tell BGP. */
  readonly wasUp: boolean;
  /** One sentence. */
  readonly because: string;
}

/** An interface of this host, as far as next hops and router IDs depend on it. */
export interface HostInterface {
  readonly name: string;
  readonly running: boolean;
  readonly addresses: readonly { readonly address: IpAddress; readonly prefixLength: number }[];
}

/** What the worker sees of routers, by level; a later one replaces an earlier one. */
export interface RouterSight {
  readonly routers: readonly DiscoveredRouter[];
  readonly interfaces: readonly HostInterface[];
  readonly bfd: readonly BfdSessionReport[];
}

export interface BfdSessionReport {
  readonly key: string;
  readonly state: BfdStateName;
  readonly because: string;
  /** In force: the greater of both sides' wishes (RFC 5880, section 6.8.7). */
  readonly transmitInterval: Millis;
  readonly detectTime: Millis;
  readonly counters: BfdCounters;
}

export interface BfdCounters {
  readonly controlInput: number;
  readonly controlOutput: number;
  readonly echoInput: number;
  readonly echoOutput: number;
  readonly ups: number;
  readonly downs: number;
}
