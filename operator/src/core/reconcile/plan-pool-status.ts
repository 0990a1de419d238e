import { type IpAddressPoolResource } from "@steelyard/model/resources";
import { type PoolUsage } from "./pool-usage.ts";

/** The part of a pool's status that counts. Conditions are in there as well, and others may have a part of their own. */
export type PoolCounters = Omit<NonNullable<IpAddressPoolResource["status"]>, "conditions">;

/** The largest count that a JSON number carries exactly; an IPv6 pool has more (reference metallb.md, quirk 24). */
const largestCount = BigInt(Number.MAX_SAFE_INTEGER);

/** The counters of a pool as they shall be; undefined when they are. What somebody else wrote there is corrected. */
export function planPoolStatus(pool: IpAddressPoolResource, usage: PoolUsage): PoolCounters | undefined {
  const counters: PoolCounters = {
    assignedIPv4: asCount(usage.IPv4.assigned),
    assignedIPv6: asCount(usage.IPv6.assigned),
    availableIPv4: asCount(usage.IPv4.capacity - usage.IPv4.assigned),
    availableIPv6: asCount(usage.IPv6.capacity - usage.IPv6.assigned),
  };
  const fields = ["assignedIPv4", "assignedIPv6", "availableIPv4", "availableIPv6"] as const;
  return fields.every((field) => pool.status?.[field] === counters[field]) ? undefined : counters;
}

function asCount(count: bigint): number {
  return Number(count > largestCount ? largestCount : count);
}
