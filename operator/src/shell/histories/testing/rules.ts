import {
  formatIpAddress,
  includesIpAddress,
  type IpAddress,
  type IpFamily,
  parseIpAddress,
  parseIpRange,
} from "@steelyard/model/address";
import { buildConfig, type BuiltConfig } from "@steelyard/model/config";
import { type IpAddressPoolResource, type ServiceResource } from "@steelyard/model/resources";
import { type LossCause } from "../../../core/allocator/index.ts";
import { configNamespace } from "./replica.ts";

/*
 * The rules of docs/stability.md once more, slow and simple, from the objects alone: no book, no index, nothing that is
 * remembered. What the operator does is held against these.
 */

export function keyOf({ metadata }: ServiceResource): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

export function uidOf({ metadata }: ServiceResource): string {
  return metadata.uid ?? "";
}

/** What a status shows, in canonical text. */
export function shown(service: ServiceResource | undefined): readonly string[] {
  const entries = service?.status?.loadBalancer?.ingress ?? [];
  return entries.flatMap(({ ip }) => addressesIn(ip).map(formatIpAddress));
}

export function addressesIn(text: string | undefined): readonly IpAddress[] {
  return (text ?? "").split(",").flatMap((one) => {
    const address = parseIpAddress(one.trim());
    return address.ok ? [address.value] : [];
  });
}

export function isOurs({ spec }: ServiceResource): boolean {
  return spec.type === "LoadBalancer" && spec.loadBalancerClass === undefined;
}

export function familiesOf({ spec }: ServiceResource): readonly IpFamily[] {
  return (spec.clusterIPs ?? []).flatMap((text) => addressesIn(text).map(({ family }) => family));
}

/** Reference metallb.md, section 3.4. */
export function mayShare(a: ServiceResource, b: ServiceResource): boolean {
  const keyOfSharing = ({ metadata }: ServiceResource) =>
    metadata.annotations?.["metallb.io/allow-shared-ip"];
  const portsOf = ({ spec }: ServiceResource) =>
    (spec.ports ?? []).map(({ protocol = "TCP", port }) => `${protocol}/${port}`);
  const backendOf = ({ spec }: ServiceResource) =>
    spec.externalTrafficPolicy === "Local" ? JSON.stringify(spec.selector) : "";
  return (
    keyOfSharing(a) !== undefined &&
    keyOfSharing(a) === keyOfSharing(b) &&
    backendOf(a) === backendOf(b) &&
    !portsOf(a).some((port) => portsOf(b).includes(port))
  );
}

/** What pools without a memory mean: a faulty one is refused, of two that overlap one. */
export function configurationOf(pools: readonly IpAddressPoolResource[]): BuiltConfig {
  const namespaces = [{ metadata: { name: "shop" } }, { metadata: { name: "other" } }];
  const others = {
    l2Advertisements: [],
    bgpAdvertisements: [],
    bgpPeers: [],
    bfdProfiles: [],
    communities: [],
  };
  return buildConfig({ namespace: configNamespace, pools, namespaces, ...others });
}

export function poolOfAddress(address: IpAddress, { config }: BuiltConfig): string | undefined {
  return config.pools.find((pool) => pool.addresses.has(address))?.name;
}

/** What the Service asks for by address; undefined = it asks for none. */
export function requestedAddresses({ metadata, spec }: ServiceResource): readonly IpAddress[] | undefined {
  const text = metadata.annotations?.["metallb.io/loadBalancerIPs"] ?? spec.loadBalancerIP;
  return text === undefined ? undefined : addressesIn(text);
}

export function requestedPool({ metadata }: ServiceResource): string | undefined {
  const annotations = metadata.annotations ?? {};
  return annotations["metallb.io/address-pool"] ?? annotations["metallb.universe.tf/address-pool"];
}

/** The sets of families that would do for the Service, best first. */
export function familySets(service: ServiceResource): readonly (readonly IpFamily[])[] {
  const families = familiesOf(service);
  const [first, second] = families;
  if (first === undefined) return [];
  const both: readonly IpFamily[] = ["IPv4", "IPv6"];
  if (service.spec.ipFamilyPolicy === "RequireDualStack") return second === undefined ? [] : [both];
  if (service.spec.ipFamilyPolicy !== "PreferDualStack" || second === undefined) return [[first]];
  return [both, [first], [second]];
}

interface Surroundings {
  readonly built: BuiltConfig;
  readonly others: readonly ServiceResource[];
}

type BuiltPool = BuiltConfig["config"]["pools"][number];

function mayUse(pool: BuiltPool, { metadata }: ServiceResource): boolean {
  const { namespaces, serviceSelectors = [] } = pool.serviceAllocation ?? {};
  const isSelected =
    serviceSelectors.length === 0 ||
    serviceSelectors.some(({ matchLabels }) =>
      Object.entries(matchLabels ?? {}).every(([name, value]) => metadata.labels?.[name] === value),
    );
  return isSelected && (namespaces === undefined || namespaces.has(metadata.namespace ?? ""));
}

export function isFree(
  address: IpAddress,
  service: ServiceResource,
  others: readonly ServiceResource[],
): boolean {
  const text = formatIpAddress(address);
  return others.every((other) => !shown(other).includes(text) || mayShare(service, other));
}

function hasRoom(
  pool: BuiltPool,
  wanted: readonly IpFamily[],
  service: ServiceResource,
  where: Surroundings,
): boolean {
  return wanted.every((family) =>
    everyAddressOf(pool, family).some((address) => isFree(address, service, where.others)),
  );
}

/** The pools of these histories are small. */
export function everyAddressOf(pool: BuiltPool, family?: IpFamily): readonly IpAddress[] {
  return pool.ranges
    .filter((range) => family === undefined || range.family === family)
    .flatMap((range) => {
      const count = Number(range.last - range.first) + 1;
      return Array.from({ length: count }, (_, index) => ({
        family: range.family,
        value: range.first + BigInt(index),
      }));
    })
    .filter((address) => pool.addresses.has(address));
}

/** Whether something free would give the Service, which holds nothing, what it needs and asks for. */
export function couldBeServed(service: ServiceResource, where: Surroundings): boolean {
  const sets = familySets(service);
  const addresses = requestedAddresses(service);
  if (addresses !== undefined) return couldHave(addresses, service, where);
  const asked = requestedPool(service);
  const pools = where.built.config.pools.filter((pool) =>
    asked === undefined ? pool.autoAssign : pool.name === asked,
  );
  const open = pools.filter((pool) => mayUse(pool, service));
  return sets.some((wanted) => open.some((pool) => hasRoom(pool, wanted, service, where)));
}

/** Whether the Service could have exactly these. */
export function couldHave(
  addresses: readonly IpAddress[],
  service: ServiceResource,
  where: Surroundings,
): boolean {
  const [best = []] = familySets(service);
  const asked = requestedPool(service);
  const isComplete =
    addresses.length > 0 &&
    addresses.length === best.length &&
    best.every((family) => addresses.some((one) => one.family === family));
  const pools = where.built.config.pools.filter((pool) => addresses.every((one) => pool.addresses.has(one)));
  const [pool] = pools;
  return (
    isComplete &&
    pool !== undefined &&
    (asked === undefined || asked === pool.name) &&
    mayUse(pool, service) &&
    addresses.every((one) => isFree(one, service, where.others))
  );
}

/** The family that a dual-stack Service with one address lacks and could have from the same pool. */
export function missingSecondAddress(service: ServiceResource, where: Surroundings): IpFamily | undefined {
  const [held] = addressesIn(shown(service).join());
  const [best = []] = familySets(service);
  if (best.length < 2 || shown(service).length !== 1 || held === undefined) return undefined;
  const family = best.find((one) => one !== held.family);
  const pool = where.built.config.pools.find((one) => one.addresses.has(held));
  if (family === undefined || pool === undefined || !hasRoom(pool, [family], service, where))
    return undefined;
  return [undefined, pool.name].includes(requestedPool(service)) ? family : undefined;
}

export type Cause = LossCause["is"];

/** What can be said for a loss, from what the writer knew when it decided. */
export function possibleCauses(
  address: IpAddress,
  lost: {
    readonly service: ServiceResource;
    readonly next: readonly string[];
    readonly others: readonly ServiceResource[];
    /** Somebody has put the address there, or edited by what the Service shares it: another may have been promised it. */
    readonly isDisputable: boolean;
    /** The pools, as the writer may have known them. */
    readonly pools: readonly (readonly IpAddressPoolResource[])[];
  },
): ReadonlySet<Cause> {
  const { service } = lost;
  const configurations = lost.pools.map(configurationOf);
  const causes = new Set<Cause>();
  if (lost.pools.some((pools) => isHomeless(address, pools))) causes.add("in-no-pool");
  if (!familiesOf(service).includes(address.family)) causes.add("family-not-served");
  const text = formatIpAddress(address);
  const isShownTwice = lost.others.some((other) => shown(other).includes(text) && !mayShare(service, other));
  if (lost.isDisputable || isShownTwice) causes.add("held-by-another");
  if (isFollowed(service, lost.next, configurations)) causes.add("request");
  if (lost.isDisputable) causes.add("surplus");
  return causes;
}

/**
 * No pool in force gives it, and no entry that can be read names it. What an unreadable entry may have meant is not asked:
 * the operator knows it when the pool was in force in an earlier form, and this rule remembers nothing.
 */
function isHomeless(address: IpAddress, pools: readonly IpAddressPoolResource[]): boolean {
  const isNamed = (entry: string): boolean => {
    const range = parseIpRange(entry);
    return (
      range.ok &&
      range.value.family === address.family &&
      range.value.first <= address.value &&
      address.value <= range.value.last
    );
  };
  const built = configurationOf(pools);
  const faulty = pools.filter(({ metadata }) => built.refusedPools.has(metadata.name));
  return (
    poolOfAddress(address, built) === undefined && !faulty.some(({ spec }) => spec.addresses.some(isNamed))
  );
}

/** The Service asks for something in particular, and that is what it shall show. */
function isFollowed(
  service: ServiceResource,
  next: readonly string[],
  configurations: readonly BuiltConfig[],
): boolean {
  const addresses = requestedAddresses(service);
  const after = addressesIn(next.join());
  if (addresses !== undefined)
    return addresses.length > 0 && addresses.every((address) => includesIpAddress(after, address));
  const pool = requestedPool(service);
  return (
    pool !== undefined &&
    after.length > 0 &&
    configurations.some((built) => after.some((address) => poolOfAddress(address, built) === pool))
  );
}
