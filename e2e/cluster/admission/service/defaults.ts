import { arrayAt, isObject, type Json, type JsonObject, type KubeObject, objectAt } from "../../json.ts";
import {
  isExternal,
  isLoadBalancer,
  needsClusterIp,
  portsOf,
  specOf,
  typeOf,
  withSpec,
} from "./service-spec.ts";

const sessionTimeoutSeconds = 10_800;

/** The defaults that every Service gets whenever it is read from a request. */
export function withServiceDefaults(service: KubeObject): KubeObject {
  const typed = withSpec(service, { type: typeOf(service) });
  const spec = specOf(typed);
  const affinity = spec["sessionAffinity"] ?? "None";
  const full = withSpec(typed, {
    ports: portsOf(typed).length === 0 ? undefined : portsOf(typed).map(withPortDefaults),
    sessionAffinity: affinity,
    sessionAffinityConfig: affinity === "ClientIP" ? affinityConfig(spec) : undefined,
    healthCheckNodePort: spec["healthCheckNodePort"] === 0 ? undefined : spec["healthCheckNodePort"],
    externalTrafficPolicy: spec["externalTrafficPolicy"] ?? (isExternal(typed) ? "Cluster" : undefined),
    internalTrafficPolicy: spec["internalTrafficPolicy"] ?? (needsClusterIp(typed) ? "Cluster" : undefined),
    allocateLoadBalancerNodePorts:
      spec["allocateLoadBalancerNodePorts"] ?? (isLoadBalancer(typed) ? true : undefined),
  });
  return isLoadBalancer(full) ? withIpModes(full) : full;
}

function affinityConfig(spec: JsonObject): Json {
  const timeoutSeconds =
    objectAt(spec, "sessionAffinityConfig", "clientIP")["timeoutSeconds"] ?? sessionTimeoutSeconds;
  return { clientIP: { timeoutSeconds } };
}

function withPortDefaults(port: JsonObject): JsonObject {
  const target = port["targetPort"];
  const targetPort = target === undefined || target === 0 || target === "" ? port["port"] : target;
  const { nodePort, ...rest } = port;
  return {
    ...rest,
    // A node port of 0 means "any", like none at all.
    ...(nodePort === undefined || nodePort === 0 ? {} : { nodePort }),
    protocol: port["protocol"] ?? "TCP",
    ...(targetPort === undefined ? {} : { targetPort }),
  };
}

/** An ingress with an address says how traffic to it is treated; VIP is what that meant before the field existed. */
function withIpModes(service: KubeObject): KubeObject {
  const ingress = arrayAt(service, "status", "loadBalancer", "ingress").filter(isObject);
  if (ingress.length === 0) return service;
  const filled = ingress.map((item) =>
    "ip" in item && item["ipMode"] === undefined ? { ...item, ipMode: "VIP" } : item,
  );
  const status = objectAt(service, "status");
  return {
    ...service,
    status: { ...status, loadBalancer: { ...objectAt(status, "loadBalancer"), ingress: filled } },
  };
}
