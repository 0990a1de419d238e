import type {
  CoreV1Event,
  KubernetesObject,
  V1Deployment,
  V1EndpointSlice,
  V1Lease,
  V1Namespace,
  V1Node,
  V1Pod,
  V1Secret,
  V1Service,
} from "@kubernetes/client-node";
import { type Wire } from "./wire.ts";

declare const shape: unique symbol;

/** A kind as the API server addresses it. `T` is the shape of its objects on the wire; it exists at compile time only. */
export interface ResourceType<T = CustomObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly [shape]?: T;
}

/** An object of a kind that client-node does not know; the caller parses `spec` and `status`. */
export interface CustomObject extends Wire<KubernetesObject> {
  spec?: unknown;
  status?: unknown;
}

/** Which object: `namespace` is present exactly for namespaced kinds. */
export interface ObjectKey {
  readonly namespace?: string;
  readonly name: string;
}

/** `namespace/name`, or `name` for a cluster-wide object: the key of stores and work queues. */
export function keyText(key: ObjectKey): string {
  if (key.namespace === undefined || key.namespace === "") return key.name;
  // A template would leave its parts in memory beside the text, for as long as the text is a key.
  return [key.namespace, key.name].join("/");
}

export function parseKeyText(text: string): ObjectKey {
  const slash = text.indexOf("/");
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** `services` or `ipaddresspools.metallb.io`, the form that `kubectl` prints. */
export function resourceName(type: ResourceType<unknown>): string {
  return type.group === "" ? type.plural : `${type.plural}.${type.group}`;
}

/** Path of a collection; without a namespace that of all namespaces. */
export function collectionPath(type: ResourceType<unknown>, namespace?: string): string {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope =
    type.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}${scope}/${type.plural}`;
}

/** Path of one object, or of its `subresource`. */
export function objectPath(type: ResourceType<unknown>, key: ObjectKey, subresource?: string): string {
  const path = `${collectionPath(type, key.namespace)}/${encodeURIComponent(key.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

function core<T>(kind: string, plural: string, namespaced = true): ResourceType<T> {
  return { group: "", version: "v1", plural, kind, namespaced };
}

function metallb(version: string, kind: string, plural: string): ResourceType {
  return { group: "metallb.io", version, plural, kind, namespaced: true };
}

export const services = core<Wire<V1Service>>("Service", "services");
export const pods = core<Wire<V1Pod>>("Pod", "pods");
export const events = core<Wire<CoreV1Event>>("Event", "events");
export const nodes = core<Wire<V1Node>>("Node", "nodes", false);
export const secrets = core<Wire<V1Secret>>("Secret", "secrets");
export const namespaces = core<Wire<V1Namespace>>("Namespace", "namespaces", false);

export const endpointSlices: ResourceType<Wire<V1EndpointSlice>> = {
  group: "discovery.k8s.io",
  version: "v1",
  plural: "endpointslices",
  kind: "EndpointSlice",
  namespaced: true,
};

export const deployments: ResourceType<Wire<V1Deployment>> = {
  group: "apps",
  version: "v1",
  plural: "deployments",
  kind: "Deployment",
  namespaced: true,
};

export const leases: ResourceType<Wire<V1Lease>> = {
  group: "coordination.k8s.io",
  version: "v1",
  plural: "leases",
  kind: "Lease",
  namespaced: true,
};

export const ipAddressPools = metallb("v1beta1", "IPAddressPool", "ipaddresspools");
export const l2Advertisements = metallb("v1beta1", "L2Advertisement", "l2advertisements");
export const bgpAdvertisements = metallb("v1beta1", "BGPAdvertisement", "bgpadvertisements");
export const bgpPeers = metallb("v1beta2", "BGPPeer", "bgppeers");
export const bfdProfiles = metallb("v1beta1", "BFDProfile", "bfdprofiles");
export const communities = metallb("v1beta1", "Community", "communities");
export const serviceL2Statuses = metallb("v1beta1", "ServiceL2Status", "servicel2statuses");
export const serviceBgpStatuses = metallb("v1beta1", "ServiceBGPStatus", "servicebgpstatuses");
export const configurationStates = metallb("v1beta1", "ConfigurationState", "configurationstates");
