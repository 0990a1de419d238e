import { type KubeObject, objectAt, sameJson, stringAt } from "../../json.ts";
import {
  clusterIpsOf,
  familiesOf,
  isExternal,
  isLoadBalancer,
  needsClusterIp,
  needsHealthCheckPort,
  portsOf,
  specOf,
  typeOf,
  wantsNodePorts,
  withSpec,
} from "./service-spec.ts";

/**
 * What an update takes over from the Service as it was: allocated values that the client left out, and, when the type
 * changes, the removal of what only the old type needed.
 */
export function carriedOver(next: KubeObject, previous: KubeObject): KubeObject {
  const cleaned = typeOf(next) === typeOf(previous) ? next : withoutTypeDependentFields(next, previous);
  const patched = withAllocatedValues(cleaned, previous);
  return isLoadBalancer(patched) || !isLoadBalancer(previous) ? patched : withoutIngress(patched);
}

function withAllocatedValues(next: KubeObject, previous: KubeObject): KubeObject {
  const addressed =
    needsClusterIp(next) && needsClusterIp(previous) ? withKeptAddresses(next, previous) : next;
  const ported =
    hasNodePorts(next) && hasNodePorts(previous) ? withKeptNodePorts(addressed, previous) : addressed;
  if (!needsHealthCheckPort(next)) return withoutStaleHealthCheckPort(ported, previous);
  const kept = specOf(next)["healthCheckNodePort"] ?? specOf(previous)["healthCheckNodePort"];
  return withSpec(ported, { healthCheckNodePort: kept });
}

/** The health check port belongs to local traffic: with it, the port that was given out goes. */
function withoutStaleHealthCheckPort(next: KubeObject, previous: KubeObject): KubeObject {
  const before = specOf(previous)["healthCheckNodePort"];
  const isStale = before !== undefined && specOf(next)["healthCheckNodePort"] === before;
  return isStale ? withSpec(next, { healthCheckNodePort: undefined }) : next;
}

function hasNodePorts(service: KubeObject): boolean {
  return wantsNodePorts(service) || isLoadBalancer(service);
}

function withKeptAddresses(next: KubeObject, previous: KubeObject): KubeObject {
  const before = specOf(previous);
  const spec = specOf(next);
  const clusterIP = spec["clusterIP"] ?? before["clusterIP"];
  const clusterIPs =
    spec["clusterIPs"] ?? (clusterIP === before["clusterIP"] ? before["clusterIPs"] : undefined);
  const ipFamilyPolicy = spec["ipFamilyPolicy"] ?? before["ipFamilyPolicy"];
  const ipFamilies = spec["ipFamilies"] ?? before["ipFamilies"];
  const full = withSpec(next, { clusterIP, clusterIPs, ipFamilyPolicy, ipFamilies });
  return becameSingleStack(full, previous) ? withFirstFamilyOnly(full) : withChangedClusterIp(full, previous);
}

/** Changing only `clusterIP` means the first of `clusterIPs`. */
function withChangedClusterIp(next: KubeObject, previous: KubeObject): KubeObject {
  const single = stringAt(next, "spec", "clusterIP");
  const all = clusterIpsOf(next);
  if (single === stringAt(previous, "spec", "clusterIP") || single === undefined) return next;
  return sameJson(all, clusterIpsOf(previous))
    ? withSpec(next, { clusterIPs: [single, ...all.slice(1)] })
    : next;
}

/** The policy alone is enough to release the second family: its address need not be taken out of the list as well. */
function becameSingleStack(next: KubeObject, previous: KubeObject): boolean {
  const isSingle = specOf(next)["ipFamilyPolicy"] === "SingleStack";
  const wasDual = specOf(previous)["ipFamilyPolicy"] !== "SingleStack";
  return isSingle && wasDual && sameJson(clusterIpsOf(next), clusterIpsOf(previous));
}

function withFirstFamilyOnly(service: KubeObject): KubeObject {
  return withSpec(service, {
    ipFamilies: familiesOf(service).slice(0, 1),
    clusterIPs: clusterIpsOf(service).slice(0, 1),
  });
}

/** A port keeps its node port by its name, unless another port of the Service has asked for that number. */
function withKeptNodePorts(next: KubeObject, previous: KubeObject): KubeObject {
  if (portsOf(next).length === 0) return next;
  const asked = new Set(portsOf(next).map((port) => port["nodePort"]));
  const byName = new Map(portsOf(previous).map((port) => [port["name"] ?? "", port["nodePort"]]));
  const ports = portsOf(next).map((port) => {
    const kept = byName.get(port["name"] ?? "");
    const takes = (port["nodePort"] ?? 0) === 0 && kept !== undefined && !asked.has(kept);
    if (!takes) return port;
    asked.add(kept);
    return { ...port, nodePort: kept };
  });
  return withSpec(next, { ports });
}

function withoutTypeDependentFields(next: KubeObject, previous: KubeObject): KubeObject {
  const spec = specOf(next);
  const before = specOf(previous);
  const gone: Record<string, undefined> = {};
  const drop = (isNeeded: (service: KubeObject) => boolean, ...fields: readonly string[]): void => {
    if (!isNeeded(previous) || isNeeded(next)) return;
    for (const field of fields) if (sameJson(spec[field], before[field])) gone[field] = undefined;
  };
  drop(needsClusterIp, "clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy", "internalTrafficPolicy");
  drop(needsHealthCheckPort, "healthCheckNodePort");
  drop(isLoadBalancer, "allocateLoadBalancerNodePorts", "loadBalancerClass");
  drop(isExternal, "externalTrafficPolicy");
  const cleaned = withSpec(next, gone);
  return hasNodePorts(previous) && !hasNodePorts(next) ? withoutNodePorts(cleaned, previous) : cleaned;
}

function withoutNodePorts(next: KubeObject, previous: KubeObject): KubeObject {
  const before = new Set(portsOf(previous).map((port) => port["nodePort"]));
  const ports = portsOf(next).map((port) => {
    const { nodePort, ...rest } = port;
    return before.has(nodePort) ? rest : port;
  });
  return ports.length === 0 ? next : withSpec(next, { ports });
}

/** A Service that stops being a load balancer keeps nothing that a load balancer gave it. */
function withoutIngress(service: KubeObject): KubeObject {
  return { ...service, status: { ...objectAt(service, "status"), loadBalancer: {} } };
}
