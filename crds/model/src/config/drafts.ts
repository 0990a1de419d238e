import { type IpRange } from "../address/index.ts";
import { type LabelSelector } from "../foundation/index.ts";
import { type BgpAdvertisementDraft } from "./bgp/advertisements.ts";
import { type BfdProfileDraft } from "./bgp/bfd-profiles.ts";
import { type CommunityDraft } from "./bgp/communities.ts";
import { type BgpPeerDraft } from "./bgp/peers.ts";
import { type L2Advertisement } from "./types.ts";

/**
 * The last good version of each object in force, parsed by itself but not yet held against other objects. A fallback
 * starts from here, so that it follows namespaces, pools and advertisements that have changed in the meantime.
 */
export interface ConfigDrafts {
  readonly pools: ReadonlyMap<string, PoolDraft>;
  readonly l2Advertisements: ReadonlyMap<string, L2AdvertisementDraft>;
  readonly bgpAdvertisements: ReadonlyMap<string, BgpAdvertisementDraft>;
  readonly bgpPeers: ReadonlyMap<string, BgpPeerDraft>;
  readonly bfdProfiles: ReadonlyMap<string, BfdProfileDraft>;
  readonly communities: ReadonlyMap<string, CommunityDraft>;
}

/** Which object a draft was parsed from. */
export interface DraftSource {
  readonly name: string;
  /** Tells an edited object from one that was deleted and created anew under the same name. */
  readonly uid: string | undefined;
  readonly creationTimestamp: string;
  /** Whether its own condition says that its present form is in force; undefined = it says nothing of this form. */
  readonly wasInForce: boolean | undefined;
}

export interface PoolDraft {
  readonly source: DraftSource;
  readonly labels: Readonly<Record<string, string>>;
  /** As in PoolIdentity. */
  readonly bindInterface: string | undefined;
  /** One per entry of spec.addresses, in that order; disjoint. */
  readonly ranges: readonly IpRange[];
  /** Entries are missing in `ranges`, because they cannot be read; only in a draft that is not good. */
  readonly hasUnreadableEntries: boolean;
  readonly autoAssign: boolean;
  readonly avoidBuggyIps: boolean;
  readonly serviceAllocation: ServiceAllocationDraft | undefined;
}

export interface ServiceAllocationDraft {
  readonly priority: number | undefined;
  readonly namespaces: readonly string[];
  readonly namespaceSelectors: readonly LabelSelector[];
  readonly serviceSelectors: readonly LabelSelector[];
}

/** The pools an advertisement of either kind is about: neither names nor selectors = every pool. */
export interface PoolSelection {
  readonly poolNames: readonly string[];
  readonly poolSelectors: readonly LabelSelector[];
}

export interface L2AdvertisementDraft extends PoolSelection {
  readonly source: DraftSource;
  readonly advertisement: L2Advertisement;
}

/** The draft of the same object in the configuration before; undefined when there is none. */
export function lastGood<T extends { readonly source: DraftSource }>(
  drafts: ReadonlyMap<string, T> | undefined,
  source: { readonly name: string; readonly uid: string | undefined },
): T | undefined {
  const draft = drafts?.get(source.name);
  return draft?.source.uid === source.uid ? draft : undefined;
}
