import { type ObjectMeta } from "./object-meta.ts";

/** An annotation under the present prefix and under the one MetalLB used before. */
export interface AnnotationName {
  readonly name: string;
  readonly deprecated: string;
}

const PREFIX = "metallb.io/";
const DEPRECATED_PREFIX = "metallb.universe.tf/";
/** What Steelyard adds to MetalLB's vocabulary. */
const OWN_PREFIX = "steelyard.io/";

/** The annotations on Services (reference metallb.md, section 3.1). */
export const serviceAnnotations = {
  /** Asks for one pool by name. */
  addressPool: annotation("address-pool"),
  /** Asks for addresses: one, or one of each family, separated by a comma. */
  loadBalancerIps: annotation("loadBalancerIPs"),
  /** The sharing key: Services with equal keys may share an address. */
  allowSharedIp: annotation("allow-shared-ip"),
  /** Written by the operator: the pool an address is from. Never written under the deprecated prefix. */
  ipAllocatedFromPool: annotation("ip-allocated-from-pool"),
} as const;

/** What the operator notes on a Service beyond MetalLB's vocabulary; comma lists of addresses. */
export const ownServiceAnnotations = {
  /** What the Service had and lost with its pool: it gets these back first. */
  rememberedAddresses: `${OWN_PREFIX}remembered-addresses`,
  /** What the Service holds although another controller keeps taking it out of the status: agents announce these too. */
  contestedAddresses: `${OWN_PREFIX}contested-addresses`,
} as const;

/** On a pool: the interface on which the owner of an address is to put it; "" = none. */
export const BIND_INTERFACE_ANNOTATION = `${OWN_PREFIX}bind-interface`;

/** On a BGPPeer: how many hops away the router may be when TTLs are checked (GTSM, RFC 5082). */
export const TTL_SECURITY_ANNOTATION = `${OWN_PREFIX}ttl-security`;

/** Labels on the objects that only report (reference metallb.md, sections 1.7 to 1.9). */
export const statusLabels = {
  node: "metallb.io/node",
  serviceName: "metallb.io/service-name",
  serviceNamespace: "metallb.io/service-namespace",
  /** On a ConfigurationState: `controller` or `speaker`. */
  componentType: "metallb.io/component-type",
  /** On a speaker's ConfigurationState. */
  nodeName: "metallb.io/node-name",
} as const;

/** On a Node: it takes no part in load balancing from outside, whatever the value (Kubernetes' well-known labels). */
export const EXCLUDE_NODE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

/** On an EndpointSlice: the Service it belongs to. */
export const SERVICE_NAME_LABEL = "kubernetes.io/service-name";

/**
 * The value under the present name, even an empty one, else under the deprecated name. Values are given as they stand;
 * `deprecated` says that the user should be told of the new name.
 */
export function readAnnotation(
  metadata: ObjectMeta,
  { name, deprecated }: AnnotationName,
): { readonly value: string; readonly deprecated: boolean } | undefined {
  const present = metadata.annotations?.[name];
  if (present !== undefined) return { value: present, deprecated: false };
  const old = metadata.annotations?.[deprecated];
  return old === undefined ? undefined : { value: old, deprecated: true };
}

/** Whether an annotation concerns a load balancer: all others are left out of the cache. */
export function isOurAnnotation(name: string): boolean {
  return [PREFIX, DEPRECATED_PREFIX, OWN_PREFIX].some((prefix) => name.startsWith(prefix));
}

function annotation(name: string): AnnotationName {
  return { name: `${PREFIX}${name}`, deprecated: `${DEPRECATED_PREFIX}${name}` };
}
