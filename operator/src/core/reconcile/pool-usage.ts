import { type IpFamily } from "@steelyard/model/address";
import { type Pool } from "@steelyard/model/config";
import { type HeldAddresses } from "../allocator/index.ts";
import { type PoolHolders } from "./pool-holders.ts";

export interface FamilyUsage {
  /** Distinct addresses in use: a shared one counts once (reference metallb.md, section 3.8). */
  readonly assigned: bigint;
  readonly capacity: bigint;
}

/** How full a pool is. */
export type PoolUsage = Readonly<Record<IpFamily, FamilyUsage>> & {
  /** Services that hold an address of the pool. */
  readonly services: number;
};

/** Of a pool that is not in force: it gives nothing. */
export const noUsage: PoolUsage = {
  IPv4: { assigned: 0n, capacity: 0n },
  IPv6: { assigned: 0n, capacity: 0n },
  services: 0,
};

export function poolUsage(pool: Pool, held: HeldAddresses, holders: Pick<PoolHolders, "count">): PoolUsage {
  const ofFamily = (family: IpFamily): FamilyUsage => ({
    assigned: held.countHeld(pool, family),
    capacity: pool.addresses.count(family),
  });
  return { IPv4: ofFamily("IPv4"), IPv6: ofFamily("IPv6"), services: holders.count(pool.name) };
}
