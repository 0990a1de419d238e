import { importBgpClusterConfigs } from "./cilium/bgp-cluster-config.ts";
import { importBgpPeeringPolicy } from "./cilium/bgp-peering-policy.ts";
import { importL2Policy } from "./cilium/l2-policy.ts";
import { importIpPool } from "./cilium/ip-pool.ts";
import { type ForeignObject } from "./foreign-object.ts";
import { type MetallbObjects } from "./metallb-objects.ts";

/** Imports what Cilium's LB IPAM, L2 announcements and BGP control plane are told. @returns the objects it knows */
export function importCilium(
  objects: readonly ForeignObject[],
  made: MetallbObjects,
): readonly ForeignObject[] {
  const ours = objects.filter(({ group }) => group === "cilium.io");
  const of = (kind: string): readonly ForeignObject[] => ours.filter((object) => object.kind === kind);
  for (const pool of of("CiliumLoadBalancerIPPool")) importIpPool(pool, made);
  for (const policy of of("CiliumL2AnnouncementPolicy")) importL2Policy(policy, made);
  for (const policy of of("CiliumBGPPeeringPolicy")) importBgpPeeringPolicy(policy, made);
  const bgp = {
    clusters: of("CiliumBGPClusterConfig"),
    peerConfigs: of("CiliumBGPPeerConfig"),
    advertisements: of("CiliumBGPAdvertisement"),
  };
  importBgpClusterConfigs(bgp, made);
  const overrides = ["CiliumBGPNodeConfigOverride", "CiliumBGPNodeConfig"].flatMap(of);
  for (const override of overrides)
    override.lose("spec", "what differs from node to node takes a BGPPeer of its own, with nodeSelectors");
  return [
    ...["CiliumLoadBalancerIPPool", "CiliumL2AnnouncementPolicy", "CiliumBGPPeeringPolicy"].flatMap(of),
    ...Object.values(bgp).flat(),
    ...overrides,
  ];
}
