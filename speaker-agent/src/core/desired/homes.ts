import { formatIpAddress, type IpAddress, type IpRange } from "@steelyard/model/address";
import {
  advertisementsSelecting,
  type BgpAdvertisement,
  bgpAdvertisementsSelecting,
  type Config,
  type L2Advertisement,
  type Pool,
  poolContaining,
  type PoolIdentity,
  type RefusedPool,
} from "@steelyard/model/config";
import { readAnnotation, serviceAnnotations, type ServiceResource } from "@steelyard/model/resources";
import { heldAddresses, poolOf } from "@steelyard/model/services";
import { serviceKey } from "./service-key.ts";

// Only the operator takes an address away, by taking it out of the Service's status; until then the address has users.
// A speaker of MetalLB refuses a configuration in which an announced address has no pool (reference metallb.md, section
// 4.1). Here that one address goes by what is known of its pool, and the rest of the configuration is in force.

/** The pool that a Service's addresses are from, as far as announcing them goes. */
export interface Home extends Pick<PoolIdentity, "name" | "bindInterface"> {
  /** Those in force now that select it; sorted by name. */
  readonly l2Advertisements: readonly L2Advertisement[];
  readonly bgpAdvertisements: readonly BgpAdvertisement[];
  /** Why the pool counts although it is not in force with all of the addresses, as a clause; undefined = it is. */
  readonly keptBecause: string | undefined;
}

/**
 * By the text of an address, the last pool in which it lay while the other addresses of its Service lay in one as well.
 * Only addresses that some Service holds are in it.
 */
export type RememberedPools = ReadonlyMap<string, PoolIdentity>;

interface Tenant {
  readonly key: string;
  readonly addresses: readonly IpAddress[];
  readonly inForce: Pool | undefined;
  /** In force, of each address. */
  readonly pools: readonly (Pool | undefined)[];
  /** The pool is not in force as it stands in the cluster, but the Service's annotation names it. */
  readonly refused: PoolIdentity | undefined;
}

/**
 * Finds the home of each Service: the pool in force that holds all of its addresses; else the refused pool that the
 * operator's annotation names, which every agent sees alike; else the pool in which this agent has seen them last.
 *
 * A pool is remembered for an address until no Service holds the address, or all Services that do are settled again, so
 * the same cluster a second time gives the same homes. What an agent has seen is not in the cluster: one that started
 * when the pool was gone already finds no home, and may disagree with others, until the operator moves the Service.
 *
 * @param services all that this agent serves, sorted
 * @returns homes by `namespace/name`, none for a Service without addresses, and what to remember for the next time
 */
export function findHomes(
  services: readonly ServiceResource[],
  config: Config,
  before: RememberedPools,
): Homes {
  const known = found.get(before);
  if (known?.services === services && known.config === config) return known;
  const homes = { services, config, ...findHomesAnew(services, config, before) };
  found.set(before, homes);
  // With the memory that comes of them the same objects give the same once more.
  found.set(homes.remembered, homes);
  return homes;
}

export interface Homes {
  readonly homes: ReadonlyMap<string, Home>;
  readonly remembered: RememberedPools;
}

/** What is remembered before there was anything to remember. */
export const NOTHING_REMEMBERED: RememberedPools = new Map();

/** Both protocols ask the same, one after the other. */
const found = new WeakMap<
  RememberedPools,
  Homes & { readonly services: readonly ServiceResource[]; readonly config: Config }
>();

function findHomesAnew(services: readonly ServiceResource[], config: Config, before: RememberedPools): Homes {
  const tenants = services.map((service) => tenantOf(service, config));
  const remembered = remember(tenants, before);
  const homes = tenants.flatMap((tenant): [string, Home][] => {
    const home = homeOf(tenant, config, remembered);
    return home === undefined ? [] : [[tenant.key, home]];
  });
  return { homes: new Map(homes), remembered };
}

function tenantOf(service: ServiceResource, config: Config): Tenant {
  const { addresses } = heldAddresses(service);
  const named = readAnnotation(service.metadata, serviceAnnotations.ipAllocatedFromPool)?.value;
  return {
    key: serviceKey(service.metadata),
    addresses,
    inForce: poolOf(config, addresses),
    pools: addresses.map((address) => poolContaining(config, address)),
    refused: named === undefined ? undefined : config.refused?.get(named),
  };
}

/** Settled Services say anew where their addresses are; an address that one without a pool holds too keeps its old one. */
function remember(tenants: readonly Tenant[], before: RememberedPools): RememberedPools {
  const remembered = new Map<string, PoolIdentity>();
  for (const { addresses, inForce, refused, pools } of tenants) {
    for (const [index, address] of addresses.entries()) {
      const pool = inForce === undefined ? refused : pools[index];
      if (pool !== undefined) remembered.set(formatIpAddress(address), pool);
    }
  }
  for (const { addresses, inForce, refused } of tenants) {
    if (inForce !== undefined || refused !== undefined) continue;
    for (const text of addresses.map(formatIpAddress)) {
      const pool = before.get(text);
      if (pool !== undefined) remembered.set(text, pool);
    }
  }
  return remembered;
}

function homeOf(
  { addresses, inForce, refused }: Tenant,
  config: Config,
  remembered: RememberedPools,
): Home | undefined {
  if (addresses.length === 0) return undefined;
  if (inForce !== undefined) return homeInForce(inForce);
  const last = refused ?? lastPoolOf(addresses, remembered);
  return last && keptHome(last, config);
}

const homesInForce = new WeakMap<Pool, Home>();

/** One for all Services of the pool. */
function homeInForce(pool: Pool): Home {
  const { name, l2Advertisements, bgpAdvertisements } = pool;
  const advertisements = { l2Advertisements, bgpAdvertisements };
  const home = homesInForce.get(pool) ?? {
    name,
    ...advertisements,
    ...boundAs(pool),
    keptBecause: undefined,
  };
  homesInForce.set(pool, home);
  return home;
}

/** As for pools in force: that of the first address, if each was seen in one. */
function lastPoolOf(addresses: readonly IpAddress[], remembered: RememberedPools): PoolIdentity | undefined {
  const pools = addresses.map((address) => remembered.get(formatIpAddress(address)));
  return pools.every((pool) => pool !== undefined) ? pools[0] : undefined;
}

/** As far as the pool still exists it counts as it is now: to take a label off it is a way to silence it. */
function keptHome(last: PoolIdentity, config: Config): Home {
  const { name } = last;
  const refused = config.refused?.get(name);
  const inForce = config.pools.find((pool) => pool.name === name);
  const pool = refused ?? inForce ?? last;
  const l2Advertisements = advertisementsSelecting(pool, config);
  const bgpAdvertisements = bgpAdvertisementsSelecting(pool, rangesOf(pool), config);
  const what =
    refused !== undefined ? "is refused for a fault" : inForce === undefined ? "is gone" : "has changed";
  const advertisements = { l2Advertisements, bgpAdvertisements };
  return { name, ...advertisements, ...boundAs(pool), keptBecause: `the pool ${name} ${what}` };
}

function rangesOf(pool: PoolIdentity | RefusedPool | Pool): readonly IpRange[] {
  if ("ranges" in pool) return pool.ranges;
  return "claims" in pool ? (pool.claims ?? []) : [];
}

function boundAs({ bindInterface }: PoolIdentity): Pick<Home, "bindInterface"> {
  return bindInterface === undefined ? {} : { bindInterface };
}

/** Whether an election that follows from one home follows from the other. */
export function sameHome(a: Home | undefined, b: Home | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.name === b.name &&
    a.bindInterface === b.bindInterface &&
    a.keptBecause === b.keptBecause &&
    areSame(a.l2Advertisements, b.l2Advertisements) &&
    areSame(a.bgpAdvertisements, b.bgpAdvertisements)
  );
}

function areSame<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, index) => one === b[index]));
}
