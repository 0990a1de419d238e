import { decideKind, type DecidedKind } from "../decide-kind.ts";
import { type ConfigDrafts, lastGood, type PoolDraft } from "../drafts.ts";
import { type Finding } from "../findings.ts";
import { selectsPool } from "../link.ts";
import { PairwiseTerritory } from "../settle.ts";
import { type ConfigSnapshot } from "../snapshot.ts";
import { type BgpAdvertisementDraft, readBgpAdvertisement, withAliases } from "./advertisements.ts";
import { type PoolRanges, whyNotFit, whyNotTogether } from "./attach.ts";
import { type BfdProfileDraft, readBfdProfile } from "./bfd-profiles.ts";
import { aliasClashes, type Aliases, aliasesOf, type CommunityDraft, readCommunity } from "./communities.ts";
import { peerClashes } from "./peer-rules.ts";
import { type BgpPeerDraft, readBgpPeer, withProfile } from "./peers.ts";
import { type BfdProfile } from "./types.ts";

/** The four kinds that only a BGP speaker reads. */
export interface DecidedBgp {
  readonly communities: DecidedKind<CommunityDraft>;
  readonly profiles: DecidedKind<BfdProfileDraft>;
  readonly peers: DecidedKind<BgpPeerDraft>;
  readonly advertisements: DecidedKind<BgpAdvertisementDraft>;
}

/** `pools`: those in force. */
export function decideBgp(
  snapshot: ConfigSnapshot,
  last: ConfigDrafts | undefined,
  pools: ReadonlyMap<string, PoolDraft>,
): DecidedBgp {
  const { namespace } = snapshot;
  const communities = decideKind(snapshot.communities, {
    kind: "Community",
    namespace,
    read: readCommunity,
    last: last?.communities,
    newTerritory: () => new PairwiseTerritory(aliasClashes),
  });
  const profiles = decideKind(snapshot.bfdProfiles, {
    kind: "BFDProfile",
    namespace,
    read: readBfdProfile,
    last: last?.bfdProfiles,
  });
  const aliases = aliasesOf(communities.inForce.values());
  const advertisements = decideAdvertisements(snapshot, last, { aliases, pools: rangesOf(pools) });
  return { communities, profiles, peers: decidePeers(snapshot, last, profilesOf(profiles)), advertisements };
}

/** The profiles in force, by name. */
export function profilesOf({ inForce }: DecidedKind<BfdProfileDraft>): ReadonlyMap<string, BfdProfile> {
  return new Map([...inForce].map(([name, { profile }]) => [name, profile]));
}

function decidePeers(
  { namespace, bgpPeers }: ConfigSnapshot,
  drafts: ConfigDrafts | undefined,
  profiles: ReadonlyMap<string, BfdProfile>,
): DecidedKind<BgpPeerDraft> {
  const last = mapValues(drafts?.bgpPeers, (draft) => withProfile(draft, profiles, draft));
  return decideKind(bgpPeers, {
    kind: "BGPPeer",
    namespace,
    read: (head, spec, findings) =>
      withProfile(readBgpPeer(head, spec, findings), profiles, lastGood(last, head)),
    last,
    newTerritory: () => new PairwiseTerritory(peerClashes),
  });
}

type SelectablePool = PoolRanges & { readonly labels: PoolDraft["labels"] };

function decideAdvertisements(
  { namespace, bgpAdvertisements }: ConfigSnapshot,
  drafts: ConfigDrafts | undefined,
  { aliases, pools }: { readonly aliases: Aliases; readonly pools: readonly SelectablePool[] },
): DecidedKind<BgpAdvertisementDraft> {
  const clashes = (draft: BgpAdvertisementDraft, other: BgpAdvertisementDraft): readonly Finding[] => {
    if (draft.advertisement.localPref === other.advertisement.localPref) return [];
    const shared = pools.find(
      (pool) => announces(draft, pool) && announces(other, pool) && whyNotTogether(draft, other, pool),
    );
    const finding = shared && whyNotTogether(draft, other, shared);
    return finding ? [finding] : [];
  };
  return decideKind(bgpAdvertisements, {
    kind: "BGPAdvertisement",
    namespace,
    read: (head, spec, findings) => readBgpAdvertisement(head, spec, findings, aliases),
    last: mapValues(drafts?.bgpAdvertisements, (draft) => withAliases(draft, aliases)),
    newTerritory: () => new PairwiseTerritory(clashes),
  });
}

function announces(draft: BgpAdvertisementDraft, pool: SelectablePool): boolean {
  return selectsPool(draft, pool) && whyNotFit(draft, pool).length === 0;
}

function rangesOf(pools: ReadonlyMap<string, PoolDraft>): readonly SelectablePool[] {
  return [...pools].map(([name, { labels, ranges }]) => ({ name, labels, ranges }));
}

function mapValues<T>(
  map: ReadonlyMap<string, T> | undefined,
  change: (value: T) => T,
): ReadonlyMap<string, T> {
  return new Map([...(map ?? [])].map(([key, value]) => [key, change(value)]));
}
