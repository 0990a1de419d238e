import {
  AddressSet,
  formatIpAddress,
  type IpAddress,
  parseIpAddress,
  parseIpRange,
} from "@steelyard/model/address";
import { type BuiltConfig, type L2Advertisement, type Pool } from "@steelyard/model/config";

/** A pool in force, from the text a user writes; everything else as the defaults have it. */
export function poolOf(name: string, entries: readonly string[], rest: Partial<Pool> = {}): Pool {
  const ranges = entries.map((text) => {
    const range = parseIpRange(text);
    if (!range.ok) throw new Error(range.error.message);
    return range.value;
  });
  const defaults = {
    labels: {},
    autoAssign: true,
    avoidBuggyIps: false,
    serviceAllocation: undefined,
    l2Advertisements: [],
    bgpAdvertisements: [],
  };
  const all = AddressSet.of(ranges);
  const addresses = rest.avoidBuggyIps === true ? all.withoutBuggyAddresses() : all;
  return { name, ranges, addresses, ...defaults, ...rest };
}

export function builtOf(pools: readonly Pool[], rest: Partial<BuiltConfig> = {}): BuiltConfig {
  return { config: { pools, bgpPeers: [] }, problems: [], verdicts: [], refusedPools: new Set(), ...rest };
}

export function advertisementOf(name: string, rest: Partial<L2Advertisement> = {}): L2Advertisement {
  const everything = { nodeSelectors: [], interfaces: [], serviceSelectors: [], preferredNodeSelectors: [] };
  return { name, ...everything, ...rest };
}

export function ip(text: string): IpAddress {
  const address = parseIpAddress(text);
  if (!address.ok) throw new Error(address.error.message);
  return address.value;
}

export function ips(...texts: readonly string[]): readonly IpAddress[] {
  return texts.map(ip);
}

export function texts(addresses: readonly IpAddress[]): readonly string[] {
  return addresses.map(formatIpAddress);
}
