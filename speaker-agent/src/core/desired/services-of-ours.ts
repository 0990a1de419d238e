import { type Config } from "@steelyard/model/config";
import { compareTexts } from "@steelyard/model/foundation";
import { type ServiceResource } from "@steelyard/model/resources";
import { isHandledService } from "@steelyard/model/services";
import { withOwnAddresses } from "./own-addresses.ts";
import { serviceKey } from "./service-key.ts";
import { type AnnouncingOptions, type ClusterSnapshot } from "./types.ts";

interface Sighting {
  readonly config: Config;
  readonly lbClasses: readonly string[];
  readonly services: readonly ServiceResource[];
}

// Both protocols ask this of the same lists, and again when something else has changed. Lists of the cluster are never
// changed: a new one comes in their place.
const seen = new WeakMap<readonly ServiceResource[], Sighting>();

/** Sorted by namespace and name, with the addresses that are the operator's. */
export function servicesOfOurs(
  { services, config }: Pick<ClusterSnapshot, "services" | "config">,
  { lbClasses }: Pick<AnnouncingOptions, "lbClasses">,
): readonly ServiceResource[] {
  const known = seen.get(services);
  if (known?.config === config && known.lbClasses === lbClasses) return known.services;
  const ours = withOwnAddresses(services, config)
    .filter((service) => isHandledService(service, lbClasses))
    .map((service) => ({ key: serviceKey(service.metadata), service }))
    .sort((left, right) => compareTexts(left.key, right.key))
    .map(({ service }) => service);
  seen.set(services, { config, lbClasses, services: ours });
  return ours;
}
