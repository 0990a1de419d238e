import { formatIpAddress, type IpAddress } from "@steelyard/model/address";
import { type Config, poolContaining } from "@steelyard/model/config";
import { type LoadBalancerIngress, type ServiceResource } from "@steelyard/model/resources";
import { contestedAddresses, heldAddresses } from "@steelyard/model/services";
import { serviceKey } from "./service-key.ts";

/**
 * The Services with the addresses that are the operator's, whatever others have made of their statuses
 * (users.md, section 2.3: addresses of nodes in a status stopped announcements):
 *
 * * while another controller keeps taking them out, those that the operator notes as contested. A note claims nothing
 *   that another Service shows, so nobody can draw away an address that is in use by writing one.
 * * else those of the status, without the ones that lie in no pool when another of the family does.
 *
 * A Service for which nothing is different is the very same object.
 */
export function withOwnAddresses(
  services: readonly ServiceResource[],
  config: Config,
): readonly ServiceResource[] {
  const isContested = services.some((service) => contestedAddresses(service).length > 0);
  const shown: Shown = isContested ? addressesShown(services) : new Map();
  return services.map((service) => {
    const claimed = claimedByNote(service, shown);
    if (claimed.length > 0) return withAddresses(service, claimed);
    if ((service.status?.loadBalancer?.ingress ?? []).length < 2) return service;
    const { addresses, unparsable } = heldAddresses(service);
    const own = ownOf(addresses, config);
    return own.length === addresses.length || unparsable.length > 0 ? service : withAddresses(service, own);
  });
}

/** By the text of an address, who shows it. */
type Shown = ReadonlyMap<string, ReadonlySet<string>>;

function addressesShown(services: readonly ServiceResource[]): Shown {
  const shown = new Map<string, Set<string>>();
  for (const service of services) {
    const key = serviceKey(service.metadata);
    for (const address of heldAddresses(service).addresses) {
      const text = formatIpAddress(address);
      shown.set(text, (shown.get(text) ?? new Set()).add(key));
    }
  }
  return shown;
}

function claimedByNote(service: ServiceResource, shown: Shown): readonly IpAddress[] {
  const key = serviceKey(service.metadata);
  return contestedAddresses(service).filter((address) => {
    const others = [...(shown.get(formatIpAddress(address)) ?? [])].filter((other) => other !== key);
    return others.length === 0;
  });
}

function ownOf(addresses: readonly IpAddress[], config: Config): readonly IpAddress[] {
  const pooled = addresses.filter((address) => poolContaining(config, address) !== undefined);
  return addresses.filter(
    (address) => pooled.includes(address) || !pooled.some(({ family }) => family === address.family),
  );
}

function withAddresses(service: ServiceResource, addresses: readonly IpAddress[]): ServiceResource {
  const ingress = addresses.map((address): LoadBalancerIngress => ({ ip: formatIpAddress(address) }));
  return { ...service, status: { ...service.status, loadBalancer: { ingress } } };
}
