import { type BgpAdvertisement, type L2Advertisement, type Pool } from "../config/index.ts";
import { matchesAny } from "../foundation/index.ts";
import { type NodeResource, type ServiceResource } from "../resources/index.ts";

/** What an advertisement of either protocol says about Services and nodes. */
type Selecting = Pick<L2Advertisement, "serviceSelectors" | "nodeSelectors">;

/** The advertisements of the pool that are meant for this Service, by the Service's labels. */
export function advertisementsFor(
  pool: Pick<Pool, "l2Advertisements">,
  service: ServiceResource,
): readonly L2Advertisement[] {
  return meantFor(pool.l2Advertisements, service);
}

/** The same of BGP. */
export function bgpAdvertisementsFor(
  pool: Pick<Pool, "bgpAdvertisements">,
  service: ServiceResource,
): readonly BgpAdvertisement[] {
  return meantFor(pool.bgpAdvertisements, service);
}

function meantFor<T extends Selecting>(advertisements: readonly T[], service: ServiceResource): readonly T[] {
  const meant = advertisements.filter(({ serviceSelectors }) => {
    return matchesAny(serviceSelectors, service.metadata.labels);
  });
  // As a rule all are, and then thousands of Services share the pool's list.
  return meant.length === advertisements.length ? advertisements : meant;
}

/** Whether the advertisement lets this node announce, by the node's labels. */
export function advertisementCoversNode(
  advertisement: Pick<Selecting, "nodeSelectors">,
  node: NodeResource,
): boolean {
  return matchesAny(advertisement.nodeSelectors, node.metadata.labels);
}
