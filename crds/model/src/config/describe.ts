import { formatIpRange } from "../address/index.ts";
import { type ConfigProblem, type Pool } from "./types.ts";

const MOST_RANGES = 4;

/** `IPAddressPool metallb-system/a, spec.addresses[1]: …`: one line for a log, a condition or an event. */
export function describeProblem({ object, path, message }: ConfigProblem): string {
  return `${object.kind} ${object.namespace}/${object.name}, ${path}: ${message}`;
}

/** `pool a (192.0.2.0/28, 2001:db8::/120)`; of a long list of ranges only the beginning. */
export function describePool(pool: Pool): string {
  const ranges = pool.ranges.slice(0, MOST_RANGES).map(formatIpRange);
  const more = pool.ranges.length - ranges.length;
  const rest = more > 0 ? [`and ${more} more`] : [];
  return `pool ${pool.name} (${[...ranges, ...rest].join(", ")})`;
}
