import { type AddressSet, type IpRange } from "../address/index.ts";
import { type LabelSelector } from "../foundation/index.ts";
import { type BgpAdvertisement, type BgpPeer } from "./bgp/types.ts";
import { type ConfigDrafts } from "./drafts.ts";
import { type ConfigKind } from "./kinds.ts";

/**
 * What the cluster's `metallb.io` objects mean once they are parsed and held against each other: the only
 * configuration that allocator and agents ever see. Deeply read-only; lists are sorted by object name.
 */
export interface Config {
  readonly pools: readonly Pool[];
  /** The BGP routers to speak to. */
  readonly bgpPeers: readonly BgpPeer[];
  /** By name, the pools that exist in the cluster but are not, or not in their newest form, in force. */
  readonly refused?: ReadonlyMap<string, RefusedPool>;
  /** What buildConfig needs to fall back on; nobody outside this folder reads it. A Config made by hand has none. */
  readonly drafts?: ConfigDrafts;
}

/** What an advertisement selects a pool by: all that has to be known of a pool that is not in force, or gone. */
export interface PoolIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /**
   * The interface on which the owner of an address is to put it, from an annotation; "" = none, whatever the agents were
   * started with; absent = as they were started.
   */
  readonly bindInterface?: string;
}

/** A pool whose present form is not in force. */
export interface RefusedPool extends PoolIdentity {
  /** What its entries say; undefined = one of them cannot be read, so it may be any address. */
  readonly claims: readonly IpRange[] | undefined;
}

/** An IPAddressPool whose ranges are parsed and overlap no other pool (reference metallb.md, sections 1.1 and 2.2). */
export interface Pool extends PoolIdentity {
  /** In the order of `spec.addresses`: the order in which addresses are given out. */
  readonly ranges: readonly IpRange[];
  /** The same addresses as a set; with avoidBuggyIPs the IPv4 addresses ending in .0 and .255 are taken out. */
  readonly addresses: AddressSet;
  readonly autoAssign: boolean;
  readonly avoidBuggyIps: boolean;
  /** undefined = no serviceAllocation: any Service may use the pool. */
  readonly serviceAllocation: ServiceAllocation | undefined;
  /** Advertisements that select this pool, by name or by label; sorted by name. */
  readonly l2Advertisements: readonly L2Advertisement[];
  /** The same of BGP, without those that the pool does not fit or that contradict an older one. */
  readonly bgpAdvertisements: readonly BgpAdvertisement[];
}

export interface ServiceAllocation {
  /** Lower wins; undefined (absent, zero or negative in the object) = last. */
  readonly priority: number | undefined;
  /** undefined = not restricted by namespace; an empty set = selectors given, but no namespace matches. */
  readonly namespaces: ReadonlySet<string> | undefined;
  /** Empty = any Service. Otherwise one of them must match the Service's labels. */
  readonly serviceSelectors: readonly LabelSelector[];
}

/** An L2Advertisement with its lists checked (reference metallb.md, sections 1.2 and 2.4). */
export interface L2Advertisement {
  readonly name: string;
  /** Empty = all nodes. Otherwise one of them must match the Node's labels. */
  readonly nodeSelectors: readonly LabelSelector[];
  /** Exact interface names; empty = all interfaces. */
  readonly interfaces: readonly string[];
  /** Empty = all Services. */
  readonly serviceSelectors: readonly LabelSelector[];
  readonly preferredNodeSelectors: readonly { readonly weight: number; readonly preference: LabelSelector }[];
}

/** A fault in one object of the configuration, with the path to it. */
export interface ConfigProblem {
  /** `wrong`: only an edit of the object helps. `incomplete`: what it refers to may still arrive. */
  readonly kind: "wrong" | "incomplete";
  readonly object: { readonly kind: ConfigKind; readonly namespace: string; readonly name: string };
  /** A JSON path into the object, such as `spec.addresses[1]`. */
  readonly path: string;
  /** One sentence without the object's name; contains the reference's substring where section 2.7 asks for one. */
  readonly message: string;
  /** MetalLB's own words, where users look for them in a ConfigurationState (section 2.7); may have several lines. */
  readonly summary?: string;
}

/** What became of one object of the program's own namespace. */
export interface ObjectVerdict {
  readonly object: ConfigProblem["object"];
  /** The `metadata.generation` that was looked at. */
  readonly generation: number | undefined;
  /** `earlier`: not as the object says now, but as it was when it was last good. */
  readonly inForce: "present" | "earlier" | "none";
}

export interface BuiltConfig {
  readonly config: Config;
  /** Sorted by kind, name and path. Empty = everything is in force. */
  readonly problems: readonly ConfigProblem[];
  /** One per object, sorted by kind and name. */
  readonly verdicts: readonly ObjectVerdict[];
  /** The names of `config.refused`. */
  readonly refusedPools: ReadonlySet<string>;
}
