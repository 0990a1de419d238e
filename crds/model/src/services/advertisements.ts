import { type L2Advertisement, type Pool } from "../config/index.ts";
import { matchesAny } from "../foundation/index.ts";
import { type NodeResource, type ServiceResource } from "../resources/index.ts";

/** The advertisements of the pool that are meant for this Service, by the Service's labels. */
export function advertisementsFor(
  pool: Pick<Pool, "l2Advertisements">,
  service: ServiceResource,
): readonly L2Advertisement[] {
  const { l2Advertisements } = pool;
  const meant = l2Advertisements.filter(({ serviceSelectors }) => {
    return matchesAny(serviceSelectors, service.metadata.labels);
  });
  // As a rule all are, and then thousands of Services share the pool's list.
  return meant.length === l2Advertisements.length ? l2Advertisements : meant;
}

/** Whether the advertisement lets this node announce, by the node's labels. */
export function advertisementCoversNode(advertisement: L2Advertisement, node: NodeResource): boolean {
  return matchesAny(advertisement.nodeSelectors, node.metadata.labels);
}
