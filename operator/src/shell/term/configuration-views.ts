import { type ConfigKind } from "@steelyard/model/config";
import { type ConfigObject } from "../../core/reconcile/index.ts";
import { type ClusterReader, type ObjectView } from "../../ports/cluster-reader.ts";

/** The views of the kinds that make up the configuration. */
export function configurationViews(
  reader: ClusterReader,
): Readonly<Record<ConfigKind, ObjectView<ConfigObject>>> {
  return {
    BFDProfile: reader.bfdProfiles,
    BGPAdvertisement: reader.bgpAdvertisements,
    BGPPeer: reader.bgpPeers,
    Community: reader.communities,
    IPAddressPool: reader.pools,
    L2Advertisement: reader.l2Advertisements,
  };
}
