import {
  type BgpAdvertisementResource,
  type BgpPeerResource,
  type EndpointSliceResource,
  type IpAddressPoolResource,
  type L2AdvertisementResource,
  type NodeResource,
  type ServiceResource,
} from "@steelyard/model/resources";

export const programNamespace = "metallb-system";

export function node(name: string, ready: "True" | "False" | "Unknown" = "True"): NodeResource {
  return { metadata: { name }, status: { conditions: [{ type: "Ready", status: ready }], addresses: [] } };
}

export interface ServiceWish {
  readonly name: string;
  readonly ips: readonly string[];
  readonly loadBalancerClass?: string;
  readonly uid?: string;
}

/** A Service of type LoadBalancer that holds its addresses already. */
export function service({ name, ips, loadBalancerClass, uid }: ServiceWish): ServiceResource {
  return {
    metadata: { namespace: "default", name, ...(uid !== undefined && { uid }) },
    spec: { type: "LoadBalancer", ...(loadBalancerClass !== undefined && { loadBalancerClass }), ports: [] },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  };
}

/** One ready endpoint of the Service, on that node. */
export function slice(serviceName: string, nodeName: string): EndpointSliceResource {
  return {
    metadata: {
      namespace: "default",
      name: `${serviceName}-1`,
      labels: { "kubernetes.io/service-name": serviceName },
    },
    endpoints: [{ conditions: { ready: true, serving: true }, nodeName }],
  };
}

export function pool(name: string, ...addresses: readonly string[]): IpAddressPoolResource {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { namespace: programNamespace, name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { addresses: [...addresses], autoAssign: true, avoidBuggyIPs: false },
  };
}

export function l2Advertisement(
  name: string,
  spec: L2AdvertisementResource["spec"] = {},
): L2AdvertisementResource {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "L2Advertisement",
    metadata: { namespace: programNamespace, name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec,
  };
}

export function bgpAdvertisement(
  name: string,
  spec: Partial<BgpAdvertisementResource["spec"]> = {},
): BgpAdvertisementResource {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "BGPAdvertisement",
    metadata: { namespace: programNamespace, name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { aggregationLength: 32, aggregationLengthV6: 128, ...spec },
  };
}

/** A router of another AS. */
export function bgpPeer(
  name: string,
  peerAddress: string,
  spec: Partial<BgpPeerResource["spec"]> = {},
): BgpPeerResource {
  const always = { peerPort: 179, dualStackAddressFamily: false, disableMP: false };
  return {
    apiVersion: "metallb.io/v1beta2",
    kind: "BGPPeer",
    metadata: { namespace: programNamespace, name, creationTimestamp: "2026-01-01T00:00:00Z" },
    spec: { ...always, myASN: 65_000, peerASN: 65_010, peerAddress, ...spec },
  };
}
