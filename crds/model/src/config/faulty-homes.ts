import { type IpAddress } from "../address/index.ts";
import { type BuiltConfig } from "./types.ts";

/**
 * The names of the pools that may be where an address is from, though no pool in force contains it: those of which no
 * form at all is in force, and whose entries contain it or cannot be read, or that are known to have given it. Sorted.
 *
 * @param giver the pool that gave the address, by the annotation on its Service: while that one is refused, the edit that
 * may have taken the address out of it is not in force either
 */
export function faultyHomes(
  address: IpAddress,
  { config, refusedPools }: BuiltConfig,
  giver?: string,
): readonly string[] {
  const inForce = new Set(config.pools.map(({ name }) => name));
  const mayContain = (name: string): boolean => {
    const claims = config.refused?.get(name)?.claims;
    return (
      name === giver ||
      claims === undefined ||
      claims.some(
        ({ family, first, last }) =>
          family === address.family && first <= address.value && address.value <= last,
      )
    );
  };
  return [...refusedPools].filter((name) => !inForce.has(name) && mayContain(name)).sort();
}
