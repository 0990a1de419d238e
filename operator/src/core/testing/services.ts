import {
  type LoadBalancerIngress,
  type ServiceL2StatusResource,
  type ServiceResource,
  type ServiceSpec,
} from "@steelyard/model/resources";

interface ServiceParts {
  readonly spec?: ServiceSpec;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly ingress?: readonly LoadBalancerIngress[];
  readonly status?: ServiceResource["status"];
  readonly createdAt?: string;
}

/** A LoadBalancer Service with one IPv4 cluster IP, in namespace shop unless the key says otherwise. */
export function serviceOf(key: string, parts: ServiceParts = {}): ServiceResource {
  const [namespace = "", name = ""] = key.split("/");
  const { spec, annotations, labels, ingress, createdAt = "2026-11-22T08:00:00Z" } = parts;
  return {
    metadata: {
      name,
      namespace,
      uid: `uid-${name}`,
      resourceVersion: "7",
      creationTimestamp: createdAt,
      ...(annotations && { annotations }),
      ...(labels && { labels }),
    },
    spec: { type: "LoadBalancer", clusterIPs: ["10.96.0.1"], ipFamilyPolicy: "SingleStack", ...spec },
    status: parts.status ?? { loadBalancer: ingress ? { ingress } : {} },
  };
}

export const dualStack = {
  clusterIPs: ["10.96.0.1", "fd00:96::1"],
  ipFamilyPolicy: "PreferDualStack",
} as const;

export function l2StatusOf(
  key: string,
  node: string,
  interfaces: readonly string[] = [],
): ServiceL2StatusResource {
  const [serviceNamespace = "", serviceName = ""] = key.split("/");
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "ServiceL2Status",
    metadata: { name: `l2-${serviceName}-${node}`, namespace: "metallb-system" },
    status: { node, serviceName, serviceNamespace, interfaces: interfaces.map((name) => ({ name })) },
  };
}
