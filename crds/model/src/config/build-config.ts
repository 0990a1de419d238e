import {
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NamespaceResource,
} from "../resources/index.ts";
import { type ConfigDrafts, type PoolDraft } from "./drafts.ts";
import { type Finding } from "./findings.ts";
import { readL2Advertisement } from "./l2-advertisements.ts";
import { danglingNamespaces, danglingPools, linkPool } from "./link.ts";
import { compareTexts, settlePools } from "./overlaps.ts";
import { readHead } from "./object-head.ts";
import { readPool } from "./pools.ts";
import { readKind, type ReadKind } from "./read-kind.ts";
import { type BuiltConfig, type ConfigProblem } from "./types.ts";

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
  const { namespace } = snapshot;
  const namespaces = snapshot.namespaces.map(readHead);
  const last = previous?.drafts;
  const pools = readKind(snapshot.pools, {
    kind: "IPAddressPool",
    namespace,
    read: readPool,
    last: last?.pools,
  });
  const advertisements = readKind(snapshot.l2Advertisements, {
    kind: "L2Advertisement",
    namespace,
    read: readL2Advertisement,
    last: last?.l2Advertisements,
  });
  const settled = settlePools(pools.good, pools.kept, last?.pools);
  const poolsInForce = sortedByName([...settled.inForce.values()]);
  const adsInForce = sortedByName([...advertisements.good, ...advertisements.kept]);
  return {
    config: {
      pools: poolsInForce.map((draft) => linkPool(draft, adsInForce, namespaces)),
      drafts: { pools: settled.inForce, l2Advertisements: byName(adsInForce) },
    },
    problems: sortedProblems([
      ...pools.problems,
      ...advertisements.problems,
      ...about("IPAddressPool", namespace, settled.refused),
      ...about(
        "IPAddressPool",
        namespace,
        findingsOf(poolsInForce, (pool) => danglingNamespaces(pool, namespaces)),
      ),
      ...about(
        "L2Advertisement",
        namespace,
        findingsOf(adsInForce, (ad) => danglingPools(ad, settled.inForce)),
      ),
    ]),
    refusedPools: refusedPools(pools, settled.refused),
  };
}

function refusedPools(
  pools: ReadKind<PoolDraft>,
  overlapping: ReadonlyMap<string, unknown>,
): ReadonlySet<string> {
  return new Set([...pools.refused, ...overlapping.keys()].sort());
}

type Named = { readonly source: { readonly name: string } };

function sortedByName<T extends Named>(drafts: readonly T[]): readonly T[] {
  return [...drafts].sort((a, b) => compareTexts(a.source.name, b.source.name));
}

function byName<T extends Named>(drafts: readonly T[]): ReadonlyMap<string, T> {
  return new Map(drafts.map((draft) => [draft.source.name, draft]));
}

function findingsOf<T extends Named>(
  drafts: readonly T[],
  find: (draft: T) => readonly Finding[],
): ReadonlyMap<string, readonly Finding[]> {
  return new Map(drafts.map((draft) => [draft.source.name, find(draft)]));
}

function about(
  kind: string,
  namespace: string,
  findings: ReadonlyMap<string, readonly Finding[]>,
): readonly ConfigProblem[] {
  return [...findings].flatMap(([name, list]) =>
    list.map((finding) => ({ ...finding, object: { kind, namespace, name } })),
  );
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
