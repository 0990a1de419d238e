import { compareTexts } from "../foundation/index.ts";
import {
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
} from "../resources/index.ts";
import { type ConfigDrafts, type L2AdvertisementDraft, type PoolDraft } from "./drafts.ts";
import { type Finding } from "./findings.ts";
import { readL2Advertisement } from "./l2-advertisements.ts";
import { danglingNamespaces, danglingPools, linkPool } from "./link.ts";
import { readHead } from "./object-head.ts";
import { settlePools, type SettledPools } from "./overlaps.ts";
import { readPool } from "./pools.ts";
import { readKind, type ReadKind } from "./read-kind.ts";
import { type BuiltConfig, type ConfigProblem, type PoolIdentity } from "./types.ts";

const POOL = "IPAddressPool";
const L2_AD = "L2Advertisement";

/** The cluster's objects that make up the configuration, in any order. */
export interface ConfigSnapshot {
  /** The program's own: objects of metallb.io elsewhere are reported and otherwise ignored. */
  readonly namespace: string;
  readonly pools: readonly IpAddressPoolResource[];
  readonly l2Advertisements: readonly L2AdvertisementResource[];
  /** All of the cluster: pools select them by label. */
  readonly namespaces: readonly NamespaceResource[];
}

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
  const namespaces = snapshot.namespaces.map(readHead);
  const pools = readPools(snapshot, previous?.drafts);
  const advertisements = readL2Advertisements(snapshot, previous?.drafts);
  const settled = settlePools(pools.good, pools.kept, previous?.drafts?.pools);
  const poolsInForce = sortedByName([...settled.inForce.values()]);
  const adsInForce = sortedByName([...advertisements.good, ...advertisements.kept]);
  const refused = refusedPools(pools, settled);
  const found = (kind: string, name: string, findings: readonly Finding[]): readonly ConfigProblem[] =>
    findings.map((finding) => ({ ...finding, object: { kind, namespace: snapshot.namespace, name } }));
  return {
    config: {
      pools: poolsInForce.map((draft) => linkPool(draft, adsInForce, namespaces)),
      refused,
      drafts: { pools: settled.inForce, l2Advertisements: byName(adsInForce) },
    },
    problems: sortedProblems([
      ...pools.problems,
      ...advertisements.problems,
      ...[...settled.refused].flatMap(([name, findings]) => found(POOL, name, findings)),
      ...poolsInForce.flatMap((pool) => found(POOL, pool.source.name, danglingNamespaces(pool, namespaces))),
      ...adsInForce.flatMap((ad) => found(L2_AD, ad.source.name, danglingPools(ad, settled.inForce))),
    ]),
    refusedPools: new Set(refused.keys()),
  };
}

/** Sorted by name. Labels are those of the present objects: a fault elsewhere in an object does not touch them. */
function refusedPools(pools: ReadKind<PoolDraft>, settled: SettledPools): ReadonlyMap<string, PoolIdentity> {
  const overlapping = pools.good.filter(({ source }) => settled.refused.has(source.name));
  const identities: readonly PoolIdentity[] = [
    ...pools.refused.map(({ name, labels }) => ({ name, labels })),
    ...overlapping.map(({ source, labels }) => ({ name: source.name, labels })),
  ];
  const sorted = [...identities].sort((a, b) => compareTexts(a.name, b.name));
  return new Map(sorted.map((identity) => [identity.name, identity]));
}

function readPools(
  { namespace, pools }: ConfigSnapshot,
  last: ConfigDrafts | undefined,
): ReadKind<PoolDraft> {
  return readKind(pools, { kind: POOL, namespace, read: readPool, last: last?.pools });
}

function readL2Advertisements(
  { namespace, l2Advertisements }: ConfigSnapshot,
  last: ConfigDrafts | undefined,
): ReadKind<L2AdvertisementDraft> {
  const options = { kind: L2_AD, namespace, read: readL2Advertisement, last: last?.l2Advertisements };
  return readKind(l2Advertisements, options);
}

type Named = { readonly source: { readonly name: string } };

function sortedByName<T extends Named>(drafts: readonly T[]): readonly T[] {
  return [...drafts].sort((a, b) => compareTexts(a.source.name, b.source.name));
}

function byName<T extends Named>(drafts: readonly T[]): ReadonlyMap<string, T> {
  return new Map(drafts.map((draft) => [draft.source.name, draft]));
}

function sortedProblems(problems: readonly ConfigProblem[]): readonly ConfigProblem[] {
  return [...problems].sort(
    (a, b) =>
      compareTexts(a.object.kind, b.object.kind) ||
      compareTexts(a.object.name, b.object.name) ||
      compareTexts(a.object.namespace, b.object.namespace) ||
      compareTexts(a.path, b.path) ||
      compareTexts(a.message, b.message),
  );
}
