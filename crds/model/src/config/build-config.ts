import { compareTexts } from "../foundation/index.ts";
import { decideBgp, type DecidedBgp } from "./bgp/decide.ts";
import { linkAdvertisements, linkPeers } from "./bgp/link.ts";
import { decideKind, type DecidedKind } from "./decide-kind.ts";
import { type ConfigDrafts, type L2AdvertisementDraft, type PoolDraft } from "./drafts.ts";
import { readL2Advertisement } from "./l2-advertisements.ts";
import { danglingNamespaces, danglingPools, identityOf, linkPool } from "./link.ts";
import { type ObjectHead, readHead } from "./object-head.ts";
import { PoolTerritory } from "./pool-territory.ts";
import { readPool } from "./pools.ts";
import { type ConfigSnapshot } from "./snapshot.ts";
import {
  type BuiltConfig,
  type ConfigProblem,
  type ObjectVerdict,
  type Pool,
  type RefusedPool,
} from "./types.ts";

/**
 * What the objects mean together, and what is wrong with them. Never throws, whatever the objects hold.
 *
 * An object with a fault is replaced by its last good version, which `previous` remembers, or left out if it has none;
 * the other objects are not affected. MetalLB refuses the configuration as a whole instead (reference metallb.md,
 * section 0). The result depends on the snapshot and `previous` only, not on the order of the lists.
 */
export function buildConfig(
  snapshot: ConfigSnapshot,
  previous?: { readonly drafts?: ConfigDrafts },
): BuiltConfig {
  const decided = decideObjects(snapshot, previous?.drafts);
  const { pools, l2Advertisements, bgp } = decided;
  const namespaces = snapshot.namespaces.map(readHead);
  const announced = linkAdvertisements(bgp, pools.inForce);
  const inForce = linkPools(decided, namespaces, announced.ofPool);
  const peers = linkPeers(bgp, inForce);
  const refused = refusedPools(pools.refused);
  const kinds = [pools, l2Advertisements, bgp.advertisements, bgp.peers, bgp.profiles, bgp.communities];
  return {
    config: { pools: inForce, bgpPeers: peers.peers, refused, drafts: draftsOf(decided) },
    problems: sortedProblems([
      ...kinds.flatMap(({ problems }) => problems),
      ...danglingReferences(decided, namespaces),
      ...announced.problems,
      ...peers.problems,
    ]),
    verdicts: sortedVerdicts(kinds.flatMap(({ verdicts }) => verdicts)),
    refusedPools: new Set(refused.keys()),
  };
}

/** Each kind by itself, and which of its objects are in force. */
interface DecidedObjects {
  readonly pools: DecidedKind<PoolDraft>;
  readonly l2Advertisements: DecidedKind<L2AdvertisementDraft>;
  readonly bgp: DecidedBgp;
}

function decideObjects(snapshot: ConfigSnapshot, last: ConfigDrafts | undefined): DecidedObjects {
  const { namespace } = snapshot;
  const pools = decideKind(snapshot.pools, {
    kind: "IPAddressPool",
    namespace,
    read: readPool,
    last: last?.pools,
    newTerritory: () => new PoolTerritory(),
  });
  const l2Advertisements = decideKind(snapshot.l2Advertisements, {
    kind: "L2Advertisement",
    namespace,
    read: readL2Advertisement,
    last: last?.l2Advertisements,
  });
  return { pools, l2Advertisements, bgp: decideBgp(snapshot, last, pools.inForce) };
}

function linkPools(
  { pools, l2Advertisements }: DecidedObjects,
  namespaces: readonly ObjectHead[],
  announced: ReadonlyMap<string, Pool["bgpAdvertisements"]>,
): readonly Pool[] {
  const surroundings = { namespaces, l2Advertisements: [...l2Advertisements.inForce.values()] };
  return [...pools.inForce.values()].map((draft) =>
    linkPool(draft, { ...surroundings, bgpAdvertisements: announced.get(draft.source.name) ?? [] }),
  );
}

function danglingReferences(
  { pools, l2Advertisements }: DecidedObjects,
  namespaces: readonly ObjectHead[],
): readonly ConfigProblem[] {
  return [
    ...[...pools.inForce].flatMap(([name, draft]) =>
      pools.problemsOf(name, danglingNamespaces(draft, namespaces)),
    ),
    ...[...l2Advertisements.inForce].flatMap(([name, draft]) =>
      l2Advertisements.problemsOf(name, danglingPools(draft, pools.inForce)),
    ),
  ];
}

function draftsOf({ pools, l2Advertisements, bgp }: DecidedObjects): ConfigDrafts {
  return {
    pools: pools.inForce,
    l2Advertisements: l2Advertisements.inForce,
    bgpAdvertisements: bgp.advertisements.inForce,
    bgpPeers: bgp.peers.inForce,
    bfdProfiles: bgp.profiles.inForce,
    communities: bgp.communities.inForce,
  };
}

/** In the order of names. */
function refusedPools(drafts: readonly PoolDraft[]): ReadonlyMap<string, RefusedPool> {
  const pools = drafts.map((draft): RefusedPool => {
    return { ...identityOf(draft), claims: draft.hasUnreadableEntries ? undefined : draft.ranges };
  });
  return new Map(pools.sort((a, b) => compareTexts(a.name, b.name)).map((pool) => [pool.name, pool]));
}

function sortedProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...problems].sort(
    (a, b) => byObject(a, b) || compareTexts(a.path, b.path) || compareTexts(a.message, b.message),
  );
}

function sortedVerdicts(verdicts: readonly ObjectVerdict[]): readonly ObjectVerdict[] {
  return [...verdicts].sort(byObject);
}

function byObject(
  { object: a }: Pick<ObjectVerdict, "object">,
  { object: b }: Pick<ObjectVerdict, "object">,
): number {
  return (
    compareTexts(a.kind, b.kind) || compareTexts(a.name, b.name) || compareTexts(a.namespace, b.namespace)
  );
}
