import { type Condition } from "./conditions.ts";
import { type ObjectMeta } from "./object-meta.ts";
import {
  field,
  isText,
  listOf,
  numberField,
  objectOr,
  projectCondition,
  projectMetadata,
  projectTexts,
  textField,
  wordField,
} from "./projection.ts";

/** What we read of a core/v1 Service: all labels, but only the annotations of load balancers. */
export interface ServiceResource {
  readonly metadata: ObjectMeta;
  readonly spec: ServiceSpec;
  readonly status?: ServiceStatus;
}

export interface ServiceSpec {
  /** `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`. */
  readonly type?: string;
  /** The first of clusterIPs; `None` for a headless Service. */
  readonly clusterIP?: string;
  /** One per family, the primary family first. */
  readonly clusterIPs?: readonly string[];
  readonly ipFamilies?: readonly string[];
  /** `SingleStack`, `PreferDualStack` or `RequireDualStack`. */
  readonly ipFamilyPolicy?: string;
  readonly loadBalancerClass?: string;
  /** The old way of asking for one address. */
  readonly loadBalancerIP?: string;
  /** `Cluster` or `Local`. */
  readonly externalTrafficPolicy?: string;
  readonly selector?: Readonly<Record<string, string>>;
  readonly ports?: readonly ServicePort[];
}

export interface ServicePort {
  readonly name?: string;
  /** `TCP`, `UDP` or `SCTP`. */
  readonly protocol?: string;
  readonly port?: number;
}

export interface ServiceStatus {
  readonly loadBalancer?: { readonly ingress?: readonly LoadBalancerIngress[] };
  readonly conditions?: readonly Condition[];
}

export interface LoadBalancerIngress {
  readonly ip?: string;
  readonly hostname?: string;
  /** `VIP` (the default that the API server fills in) or `Proxy`. */
  readonly ipMode?: string;
  /** Some controllers report per port; whoever rewrites the list has to carry it along. */
  readonly ports?: readonly IngressPortStatus[];
}

export interface IngressPortStatus {
  readonly port?: number;
  readonly protocol?: string;
  readonly error?: string;
}

export function projectService(raw: unknown): ServiceResource {
  const service = objectOr(raw);
  return {
    metadata: projectMetadata(raw),
    spec: projectSpec(objectOr(service["spec"])),
    status: projectServiceStatus(objectOr(service["status"])),
  };
}

function projectSpec(spec: Readonly<Record<string, unknown>>): ServiceSpec {
  return {
    ...wordField("type", spec),
    ...textField("clusterIP", spec),
    ...field("clusterIPs", texts(spec["clusterIPs"])),
    ...field("ipFamilies", texts(spec["ipFamilies"])),
    ...wordField("ipFamilyPolicy", spec),
    ...wordField("loadBalancerClass", spec),
    ...textField("loadBalancerIP", spec),
    ...wordField("externalTrafficPolicy", spec),
    ...field("selector", projectTexts(spec["selector"])),
    ports: listOf(spec["ports"], projectPort),
  };
}

function projectPort(raw: unknown): ServicePort {
  const port = objectOr(raw);
  return { ...wordField("name", port), ...wordField("protocol", port), ...numberField("port", port) };
}

function projectServiceStatus(status: Readonly<Record<string, unknown>>): ServiceStatus {
  const ingress = listOf(objectOr(status["loadBalancer"])["ingress"], projectIngress);
  const conditions = listOf(status["conditions"], projectCondition);
  return {
    loadBalancer: ingress.length === 0 ? {} : { ingress },
    ...(conditions.length > 0 && { conditions }),
  };
}

function projectIngress(raw: unknown): LoadBalancerIngress {
  const ingress = objectOr(raw);
  const ports = listOf(ingress["ports"], projectPortStatus);
  return {
    ...textField("ip", ingress),
    ...textField("hostname", ingress),
    ...textField("ipMode", ingress),
    ...(ports.length > 0 && { ports }),
  };
}

function projectPortStatus(raw: unknown): IngressPortStatus {
  const port = objectOr(raw);
  return { ...numberField("port", port), ...textField("protocol", port), ...textField("error", port) };
}

function texts(raw: unknown): readonly string[] | undefined {
  return Array.isArray(raw) ? raw.filter(isText) : undefined;
}
