import { AddressSet, type IpRange } from "../address/index.ts";
import { attachBgp } from "./bgp/attach.ts";
import { type BgpAdvertisement } from "./bgp/types.ts";
import { matchesAny, matchesLabels } from "../foundation/index.ts";
import { type ObjectHead } from "./object-head.ts";
import {
  type L2AdvertisementDraft,
  type PoolDraft,
  type PoolSelection,
  type ServiceAllocationDraft,
} from "./drafts.ts";
import { type Finding } from "./findings.ts";
import {
  type Config,
  type L2Advertisement,
  type Pool,
  type PoolIdentity,
  type ServiceAllocation,
} from "./types.ts";

/** What a pool is held against. */
export interface PoolSurroundings {
  readonly namespaces: readonly ObjectHead[];
  readonly l2Advertisements: readonly L2AdvertisementDraft[];
  /** Those that announce this pool. */
  readonly bgpAdvertisements: Pool["bgpAdvertisements"];
}

/** Makes a pool of its draft: namespace selectors become names, advertisements are attached. */
export function linkPool(
  draft: PoolDraft,
  { namespaces, l2Advertisements, bgpAdvertisements }: PoolSurroundings,
): Pool {
  const identity = identityOf(draft);
  const solid = AddressSet.of(draft.ranges);
  return {
    ...identity,
    ranges: draft.ranges,
    addresses: draft.avoidBuggyIps ? solid.withoutBuggyAddresses() : solid,
    autoAssign: draft.autoAssign,
    avoidBuggyIps: draft.avoidBuggyIps,
    serviceAllocation: draft.serviceAllocation && linkAllocation(draft.serviceAllocation, namespaces),
    l2Advertisements: advertisementsOf(identity, l2Advertisements),
    bgpAdvertisements,
  };
}

export function identityOf({ source: { name }, labels, bindInterface }: PoolDraft): PoolIdentity {
  return { name, labels, ...(bindInterface !== undefined && { bindInterface }) };
}

function linkAllocation(
  { priority, serviceSelectors, ...draft }: ServiceAllocationDraft,
  namespaces: readonly ObjectHead[],
): ServiceAllocation {
  const restricted = draft.namespaces.length > 0 || draft.namespaceSelectors.length > 0;
  // Selectors that match nothing leave an empty set, which admits nobody: in MetalLB they admit everybody (quirk 6).
  const names = [...draft.namespaces, ...selectedNamespaces(draft, namespaces)].sort();
  return { priority, namespaces: restricted ? new Set(names) : undefined, serviceSelectors };
}

function selectedNamespaces(
  { namespaceSelectors }: Pick<ServiceAllocationDraft, "namespaceSelectors">,
  namespaces: readonly ObjectHead[],
): readonly string[] {
  return namespaces
    .filter(({ labels }) => namespaceSelectors.some((selector) => matchesLabels(selector, labels)))
    .map(({ name }) => name);
}

/**
 * The advertisements in force that select a pool, sorted by name, even when the pool itself is not in force or gone: so
 * that what is announced from it goes on following them. None for a Config made by hand.
 */
export function advertisementsSelecting(pool: PoolIdentity, { drafts }: Config): readonly L2Advertisement[] {
  return advertisementsOf(pool, [...(drafts?.l2Advertisements.values() ?? [])]);
}

/**
 * The same of BGP, as far as they fit the ranges and do not contradict each other; without ranges, when nobody knows them
 * any more, all that select the pool.
 */
export function bgpAdvertisementsSelecting(
  pool: PoolIdentity,
  ranges: readonly IpRange[],
  { drafts }: Config,
): readonly BgpAdvertisement[] {
  const selecting = [...(drafts?.bgpAdvertisements.values() ?? [])].filter((draft) =>
    selectsPool(draft, pool),
  );
  return attachBgp({ name: pool.name, ranges }, selecting).advertisements;
}

function advertisementsOf(
  pool: PoolIdentity,
  advertisements: readonly L2AdvertisementDraft[],
): readonly L2Advertisement[] {
  return advertisements.filter((draft) => selectsPool(draft, pool)).map(({ advertisement }) => advertisement);
}

/** By name or by label; an advertisement that asks for neither selects every pool. */
export function selectsPool({ poolNames, poolSelectors }: PoolSelection, pool: PoolIdentity): boolean {
  if (poolNames.includes(pool.name)) return true;
  if (poolSelectors.length === 0) return poolNames.length === 0;
  return matchesAny(poolSelectors, pool.labels);
}

/** What an advertisement refers to and what is not there (yet). MetalLB passes over it silently. */
export function danglingPools(
  { poolNames, poolSelectors }: PoolSelection,
  pools: ReadonlyMap<string, PoolDraft>,
): readonly Finding[] {
  const unknown = poolNames.flatMap((name, index): Finding[] => {
    const message = `there is no pool ${JSON.stringify(name)} in force`;
    return pools.has(name) ? [] : [{ kind: "incomplete", path: `spec.ipAddressPools[${index}]`, message }];
  });
  const selectsNothing =
    poolSelectors.length > 0 && ![...pools.values()].some((pool) => matchesAny(poolSelectors, pool.labels));
  if (!selectsNothing) return unknown;
  const message = "no pool in force has labels that match";
  return [...unknown, { kind: "incomplete", path: "spec.ipAddressPoolSelectors", message }];
}

/** Namespace selectors that match nothing, in a pool that is open to nobody without them. */
export function danglingNamespaces(
  { serviceAllocation }: PoolDraft,
  namespaces: readonly ObjectHead[],
): readonly Finding[] {
  if (!serviceAllocation || serviceAllocation.namespaceSelectors.length === 0) return [];
  const reachesNobody =
    serviceAllocation.namespaces.length === 0 &&
    selectedNamespaces(serviceAllocation, namespaces).length === 0;
  const message = "no namespace has labels that match: no Service may use the pool";
  const path = "spec.serviceAllocation.namespaceSelectors";
  return reachesNobody ? [{ kind: "incomplete", path, message }] : [];
}
