import { type IpAddress } from "../address/index.ts";
import { poolContaining, type Config, type Pool } from "../config/index.ts";

/**
 * The one pool that holds all the addresses; undefined when there are none, or no single pool does. Addresses that a
 * pool skips because of avoidBuggyIPs still belong to it: whether they may be given out is `pool.addresses.has`.
 */
export function poolOf(config: Config, addresses: readonly IpAddress[]): Pool | undefined {
  const [first, ...others] = addresses;
  const pool = first && poolContaining(config, first);
  return pool && others.every((address) => poolContaining(config, address) === pool) ? pool : undefined;
}
