import { arrayAt, at, isObject, type JsonObject, type KubeObject, objectAt, stringAt } from "../../json.ts";

/** Questions about a Service's spec, asked by defaulting, allocation and validation alike. */

export function specOf(service: KubeObject): JsonObject {
  return objectAt(service, "spec");
}

export function withSpec(service: KubeObject, changes: JsonObject): KubeObject {
  const spec = Object.entries({ ...specOf(service), ...changes }).filter(([, value]) => value !== undefined);
  return { ...service, spec: Object.fromEntries(spec) };
}

export function typeOf(service: KubeObject): string {
  return stringAt(service, "spec", "type") ?? "ClusterIP";
}

export function portsOf(service: KubeObject): readonly JsonObject[] {
  return arrayAt(service, "spec", "ports").filter(isObject);
}

export function clusterIpsOf(service: KubeObject): readonly string[] {
  return arrayAt(service, "spec", "clusterIPs").map(String);
}

export function familiesOf(service: KubeObject): readonly string[] {
  return arrayAt(service, "spec", "ipFamilies").map(String);
}

export function isHeadless(service: KubeObject): boolean {
  return clusterIpsOf(service)[0] === "None" || stringAt(service, "spec", "clusterIP") === "None";
}

export function needsClusterIp(service: KubeObject): boolean {
  return ["ClusterIP", "NodePort", "LoadBalancer"].includes(typeOf(service));
}

export function isLoadBalancer(service: KubeObject): boolean {
  return typeOf(service) === "LoadBalancer";
}

/** NodePort and LoadBalancer: what can be reached from outside, so that externalTrafficPolicy means something. */
export function isExternal(service: KubeObject): boolean {
  return isLoadBalancer(service) || typeOf(service) === "NodePort";
}

/** Whether node ports are handed out automatically. */
export function wantsNodePorts(service: KubeObject): boolean {
  if (typeOf(service) === "NodePort") return true;
  return isLoadBalancer(service) && at(service, "spec", "allocateLoadBalancerNodePorts") !== false;
}

export function needsHealthCheckPort(service: KubeObject): boolean {
  return isLoadBalancer(service) && stringAt(service, "spec", "externalTrafficPolicy") === "Local";
}

export function serviceKey({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name ?? ""}`;
}
