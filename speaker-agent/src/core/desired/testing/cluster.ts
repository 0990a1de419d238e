import { parseIpRange } from "@steelyard/model/address";
import { AddressSet } from "@steelyard/model/address";
import { type Config, type L2Advertisement, type Pool } from "@steelyard/model/config";
import {
  type EndpointSliceResource,
  type NodeResource,
  type ServiceResource,
} from "@steelyard/model/resources";

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
    ranges: parsed,
    addresses: AddressSet.of(parsed),
    autoAssign: true,
    avoidBuggyIps: false,
    serviceAllocation: undefined,
    l2Advertisements,
  };
}

export function config(...pools: readonly Pool[]): Config {
  return { pools };
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
