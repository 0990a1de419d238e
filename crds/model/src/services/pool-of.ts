import { type IpAddress } from "../address/index.ts";
import { poolContaining, type Config, type Pool } from "../config/index.ts";

/**
 * The pool by which a Service with these addresses is announced: that of the first one, provided that each lies in a
 * pool in force; undefined when there are none, or one lies in no pool. A pool that is split leaves the two addresses of
 * a Service in two pools; MetalLB would announce neither (reference metallb.md, section 4.1, step 6). Addresses that a
 * pool skips because of avoidBuggyIPs still belong to it: whether they may be given out is `pool.addresses.has`.
 */
export function poolOf(config: Config, addresses: readonly IpAddress[]): Pool | undefined {
  const pools = addresses.map((address) => poolContaining(config, address));
  return pools.every((pool) => pool !== undefined) ? pools[0] : undefined;
}
