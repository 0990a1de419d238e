import { RangeIndex, type IpAddress } from "../address/index.ts";
import { type Config, type Pool } from "./types.ts";

/** One index per Config, built at the first question; a Config never changes, so neither does its index. */
const indexes = new WeakMap<Config, RangeIndex<Pool>>();

/**
 * The pool in whose ranges an address lies, by binary search over all pools. An address that the pool leaves out because
 * of avoidBuggyIPs still lies in it.
 */
export function poolContaining(config: Config, address: IpAddress): Pool | undefined {
  let index = indexes.get(config);
  if (!index) {
    index = indexPools(config);
    indexes.set(config, index);
  }
  return index.at(address);
}

function indexPools(config: Config): RangeIndex<Pool> {
  const index = new RangeIndex<Pool>();
  for (const pool of config.pools) {
    for (const range of pool.ranges) index.add(range, pool);
  }
  return index;
}
