import { type ClusterObject } from "../cluster/index.ts";

const plurals: Readonly<Record<string, string>> = {
  Namespace: "namespaces",
  Node: "nodes",
  Pod: "pods",
  Service: "services",
  EndpointSlice: "endpointslices",
  IPAddressPool: "ipaddresspools",
  L2Advertisement: "l2advertisements",
  BGPAdvertisement: "bgpadvertisements",
  BGPPeer: "bgppeers",
  BFDProfile: "bfdprofiles",
  Community: "communities",
  Secret: "secrets",
  ServiceBGPStatus: "servicebgpstatuses",
  ConfigurationState: "configurationstates",
  ServiceL2Status: "servicel2statuses",
};

/** The API path of an object, from its kind and names. */
export function pathOf(object: ClusterObject): string {
  const plural = plurals[object.kind];
  if (plural === undefined) throw new Error(`no plural is known for kind ${object.kind}`);
  const group = object.apiVersion.includes("/") ? `/apis/${object.apiVersion}` : `/api/${object.apiVersion}`;
  const { namespace, name } = object.metadata;
  return `${group}${namespace === undefined ? "" : `/namespaces/${namespace}`}/${plural}/${name}`;
}
