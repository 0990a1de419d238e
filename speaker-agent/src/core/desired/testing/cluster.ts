import { parseIpRange } from "@steelyard/model/address";
import { AddressSet } from "@steelyard/model/address";
import {
  type BgpAdvertisement,
  type BgpPeer,
  buildConfig,
  type Config,
  type L2Advertisement,
  NO_OBJECTS,
  type Pool,
} from "@steelyard/model/config";
import {
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type EndpointSliceResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NodeResource,
  type ServiceResource,
} from "@steelyard/model/resources";
import { type AnnouncingOptions } from "../types.ts";

export const announcingOptions: AnnouncingOptions = {
  nodeName: "node-a",
  lbClasses: [],
  ignoreExcludeLb: false,
  strictExcludeLb: false,
  withdrawOnTaints: [],
  membership: true,
  bindAddresses: undefined,
};

/** Small cluster objects for tests: what is not said is what most clusters have. */

export function advertisement(changes: Partial<L2Advertisement> = {}): L2Advertisement {
  return {
    name: "l2",
    nodeSelectors: [],
    interfaces: [],
    serviceSelectors: [],
    preferredNodeSelectors: [],
    ...changes,
  };
}

export function pool(
  name: string,
  ranges: readonly string[],
  l2Advertisements: readonly L2Advertisement[],
): Pool {
  const parsed = ranges.map((text) => {
    const range = parseIpRange(text);
    if (!range.ok) throw new Error(range.error.message);
    return range.value;
  });
  return {
    name,
    labels: {},
    ranges: parsed,
    addresses: AddressSet.of(parsed),
    autoAssign: true,
    avoidBuggyIps: false,
    serviceAllocation: undefined,
    l2Advertisements,
    bgpAdvertisements: [],
  };
}

export function bgpAdvertisement(name: string, changes: Partial<BgpAdvertisement> = {}): BgpAdvertisement {
  return {
    name,
    aggregationLength: 32,
    aggregationLengthV6: 128,
    localPref: 0,
    asPathPrepend: 0,
    communities: [],
    peers: [],
    nodeSelectors: [],
    serviceSelectors: [],
    ...changes,
  };
}

export function bgpPeer(name: string, changes: Partial<BgpPeer> = {}): BgpPeer {
  return {
    name,
    myAsn: 64512,
    peerAsn: 64513,
    localAsn: undefined,
    endpoint: { by: "interface", interface: name },
    port: 179,
    sourceAddress: undefined,
    timers: undefined,
    connectTimeSeconds: undefined,
    routerId: undefined,
    nodeSelectors: [],
    password: undefined,
    bfd: undefined,
    gracefulRestart: false,
    ebgpMultiHop: false,
    ttlSecurity: undefined,
    vrf: undefined,
    dualStackAddressFamily: false,
    ...changes,
  };
}

/** With one pool, advertised by BGP alone. */
export function bgpConfig(
  ranges: readonly string[],
  bgpAdvertisements: readonly BgpAdvertisement[],
  bgpPeers: readonly BgpPeer[] = [bgpPeer("tor")],
): Config {
  return { pools: [{ ...pool("main", ranges, []), bgpAdvertisements }], bgpPeers };
}

export function config(...pools: readonly Pool[]): Config {
  return { pools, bgpPeers: [] };
}

const ours = { namespace: "metallb-system", creationTimestamp: "2026-01-01T00:00:00Z" };

/** A pool as it stands in the cluster, faults and all. */
export function poolObject(
  name: string,
  addresses: readonly string[],
  labels: Readonly<Record<string, string>> = {},
): IpAddressPoolResource {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { ...ours, name, labels },
    spec: { addresses, autoAssign: true, avoidBuggyIPs: false },
  };
}

export function advertisementObject(
  name: string,
  spec: L2AdvertisementResource["spec"] = {},
): L2AdvertisementResource {
  return { apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement", metadata: { ...ours, name }, spec };
}

/** What an agent makes of the objects that knows `previous` from before. */
export function configFrom(
  objects: {
    readonly pools?: readonly IpAddressPoolResource[];
    readonly ads?: readonly L2AdvertisementResource[];
    readonly bgpAds?: readonly BgpAdvertisementResource[];
    readonly peers?: readonly BgpPeerResource[];
  },
  previous?: Config,
): Config {
  const { pools = [], ads: l2Advertisements = [advertisementObject("all")] } = objects;
  const { bgpAds: bgpAdvertisements = [], peers: bgpPeers = [] } = objects;
  const bgp = { bgpAdvertisements, bgpPeers };
  const snapshot = { ...NO_OBJECTS, namespace: ours.namespace, pools, l2Advertisements, ...bgp };
  return buildConfig(snapshot, previous).config;
}

export function bgpAdvertisementObject(
  name: string,
  spec: Partial<BgpAdvertisementResource["spec"]> = {},
): BgpAdvertisementResource {
  const filled = { aggregationLength: 32, aggregationLengthV6: 128, ...spec };
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "BGPAdvertisement",
    metadata: { ...ours, name },
    spec: filled,
  };
}

type BgpPeerSpec = NonNullable<BgpPeerResource["spec"]>;

/** With what the schema fills in. */
export function bgpPeerObject(
  name: string,
  spec: Pick<BgpPeerSpec, "myASN"> & Partial<BgpPeerSpec>,
): BgpPeerResource {
  const filled = { peerPort: 179, dualStackAddressFamily: false, disableMP: false, ...spec };
  return { apiVersion: "metallb.io/v1beta2", kind: "BGPPeer", metadata: { ...ours, name }, spec: filled };
}

export interface NodeOptions {
  readonly labels?: Readonly<Record<string, string>>;
  readonly ready?: "True" | "False" | "Unknown";
  readonly networkUnavailable?: boolean;
}

export function node(name: string, options: NodeOptions = {}): NodeResource {
  const { labels = {}, ready = "True", networkUnavailable = false } = options;
  return {
    metadata: { name, labels },
    status: {
      conditions: [
        { type: "Ready", status: ready },
        { type: "NetworkUnavailable", status: networkUnavailable ? "True" : "False" },
      ],
    },
  };
}

export interface ServiceOptions {
  readonly ips?: readonly string[];
  readonly spec?: Partial<ServiceResource["spec"]>;
  readonly metadata?: Partial<ServiceResource["metadata"]>;
}

/** `default/<name>` of type LoadBalancer, with the addresses in its status. */
export function service(name: string, { ips = [], spec, metadata }: ServiceOptions = {}): ServiceResource {
  return {
    metadata: { name, namespace: "default", uid: `uid-${name}`, ...metadata },
    spec: { type: "LoadBalancer", externalTrafficPolicy: "Cluster", ...spec },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  };
}

/** A slice with one ready endpoint on each of the nodes. */
export function slice(serviceName: string, ...nodes: readonly string[]): EndpointSliceResource {
  return {
    metadata: {
      name: `${serviceName}-1`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": serviceName },
    },
    endpoints: nodes.map((nodeName) => ({ nodeName, conditions: { ready: true } })),
  };
}
