// Peers and host routes only, until the rules of advertisements are here.

import { ADDRESS_BITS, ipPrefix, parseIpAddress } from "@steelyard/model/address";
import { matchesAny } from "@steelyard/model/foundation";
import { type AnnouncingOptions, type ClusterSnapshot } from "../types.ts";
import { type Route } from "../../rib/types.ts";
import { type DesiredBgp } from "./types.ts";

export function decideBgp(
  { config, nodes, services }: ClusterSnapshot,
  options: AnnouncingOptions,
  _previous: DesiredBgp | undefined,
): DesiredBgp {
  const labels = nodes.find(({ metadata }) => metadata.name === options.nodeName)?.metadata.labels ?? {};
  const peers = config.bgpPeers.filter(({ nodeSelectors }) => matchesAny(nodeSelectors, labels));
  const routes = services
    .filter(({ spec }) => spec.type === "LoadBalancer")
    .flatMap(({ status }) => status?.loadBalancer?.ingress ?? [])
    .flatMap(({ ip }): Route[] => {
      const address = parseIpAddress(ip ?? "");
      if (!address.ok) return [];
      const prefix = ipPrefix(address.value, ADDRESS_BITS[address.value.family]);
      return [{ prefix, localPref: 0, asPathPrepend: 0, communities: [] }];
    });
  return { peers, routes: new Map(peers.map(({ name }) => [name, routes])), verdicts: [] };
}
