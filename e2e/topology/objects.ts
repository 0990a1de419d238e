import { type ClusterObject } from "../cluster/index.ts";
import { plan } from "./addressing.ts";
import { podPort } from "./pod-server.ts";

/** The namespace MetalLB's manifests use, and so the one everything here runs in. */
export const systemNamespace = "metallb-system";

export type Families = "IPv4" | "IPv6" | "dual";

export function nodeObject(number: number, labels: Readonly<Record<string, string>> = {}): ClusterObject {
  const name = plan.nodeName(number);
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...labels } },
    spec: {
      podCIDR: plan.podNetwork4(number),
      podCIDRs: [plan.podNetwork4(number), plan.podNetwork6(number)],
    },
  };
}

/** A Node's status; `ready` is what its kubelet would say. */
export function nodeStatus(number: number, ready: boolean): Record<string, unknown> {
  return {
    addresses: [
      { type: "InternalIP", address: plan.nodeAddress4(number) },
      { type: "InternalIP", address: plan.nodeAddress6(number) },
    ],
    conditions: [
      { type: "Ready", status: ready ? "True" : "False", reason: "Test", message: "set by the test network" },
    ],
  };
}

/** What a DaemonSet's Pod on a node looks like to others, once its kubelet has started it. */
export function speakerPodObject(number: number, labels: Readonly<Record<string, string>>): ClusterObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `speaker-${plan.nodeName(number)}`, namespace: systemNamespace, labels },
    spec: {
      nodeName: plan.nodeName(number),
      hostNetwork: true,
      containers: [{ name: "speaker", image: "example.com/speaker" }],
    },
  };
}

/** The Pod that MetalLB's controller makes the owner of what it writes. */
export function controllerPodObject(): ClusterObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "controller", namespace: systemNamespace },
    spec: { containers: [{ name: "controller", image: "example.com/controller" }] },
  };
}

export function speakerPodStatus(number: number): Record<string, unknown> {
  const podIP = plan.nodeAddress4(number);
  return {
    phase: "Running",
    hostIP: podIP,
    podIP,
    podIPs: [{ ip: podIP }, { ip: plan.nodeAddress6(number) }],
  };
}

const familySpecs: Readonly<Record<Families, Readonly<Record<string, unknown>>>> = {
  IPv4: { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"] },
  IPv6: { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv6"] },
  dual: { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] },
};

/** A Service of type LoadBalancer for the web servers of the pods. */
export function serviceObject(
  name: string,
  families: Families = "IPv4",
  spec: Readonly<Record<string, unknown>> = {},
  annotations: Readonly<Record<string, string>> = {},
): ClusterObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", annotations },
    spec: {
      type: "LoadBalancer",
      selector: { app: name },
      ports: [{ name: "http", port: 80, targetPort: podPort, protocol: "TCP" }],
      ...familySpecs[families],
      ...spec,
    },
  };
}

/** The EndpointSlices of a Service whose pods run on `nodes`: what the endpoint slice controller would write. */
export function endpointSlices(
  service: string,
  families: Families,
  nodes: readonly number[],
): readonly ClusterObject[] {
  const wanted = families === "dual" ? (["IPv4", "IPv6"] as const) : ([families] as const);
  return wanted.map((family) => ({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${service}-${family.toLowerCase()}`,
      namespace: "default",
      labels: { "kubernetes.io/service-name": service },
    },
    addressType: family,
    ports: [{ name: "http", port: podPort, protocol: "TCP" }],
    endpoints: nodes.map((node) => ({
      addresses: [family === "IPv4" ? plan.podAddress4(node) : plan.podAddress6(node)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: plan.nodeName(node),
    })),
  }));
}

export function poolObject(
  name: string,
  addresses: readonly string[],
  spec: Readonly<Record<string, unknown>> = {},
): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "IPAddressPool",
    metadata: { name, namespace: systemNamespace },
    spec: { addresses, ...spec },
  };
}

export function l2AdvertisementObject(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "L2Advertisement",
    metadata: { name, namespace: systemNamespace },
    spec,
  };
}

export function bgpAdvertisementObject(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "BGPAdvertisement",
    metadata: { name, namespace: systemNamespace },
    spec,
  };
}

export function bgpPeerObject(name: string, spec: Readonly<Record<string, unknown>>): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta2",
    kind: "BGPPeer",
    metadata: { name, namespace: systemNamespace },
    spec,
  };
}

export function bfdProfileObject(name: string, spec: Readonly<Record<string, unknown>> = {}): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "BFDProfile",
    metadata: { name, namespace: systemNamespace },
    spec,
  };
}

/** Names for communities, by value. */
export function communityObject(name: string, values: Readonly<Record<string, string>>): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "Community",
    metadata: { name, namespace: systemNamespace },
    spec: { communities: Object.entries(values).map(([alias, value]) => ({ name: alias, value })) },
  };
}

/** As BGPPeers name it for the key of their sessions. */
export function passwordSecretObject(name: string, password: string): ClusterObject {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: systemNamespace },
    type: "kubernetes.io/basic-auth",
    data: { password: Buffer.from(password).toString("base64") },
  };
}

/** Which ConfigurationState is meant; its content is the programs' own. */
export function configurationStateObject(name: string): ClusterObject {
  return {
    apiVersion: "metallb.io/v1beta1",
    kind: "ConfigurationState",
    metadata: { name, namespace: systemNamespace },
  };
}
