import { compareIpAddresses, formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Config, poolContaining } from "@steelyard/model/config";
import { type ElectableAddress } from "../election/types.ts";

/**
 * Addresses that a stranger holds and that no Service has any more, because the operator has given it another: they are
 * asked about on, as long as a pool has them, so that it is known when they can be given out again.
 *
 * @param held those that the worker reports
 */
export function probeOnlyAddresses(
  held: readonly { readonly address: IpAddress }[],
  addresses: readonly ElectableAddress[],
  config: Config,
): readonly IpAddress[] {
  if (held.length === 0) return [];
  const electable = new Set(addresses.map(({ address }) => formatIpAddress(address)));
  return held
    .map(({ address }) => address)
    .filter((address) => !electable.has(formatIpAddress(address)))
    .filter((address) => poolContaining(config, address) !== undefined)
    .sort(compareIpAddresses);
}
