import { type IpFamily, parseIpAddress } from "@steelyard/model/address";
import { ApiError, type FieldError, invalid } from "../../http/api-error.ts";
import { invalidValue } from "../../http/field-errors.ts";
import { at, type JsonObject, type KubeObject } from "../../json.ts";
import { type ClusterAddresses } from "../cluster-addresses.ts";
import { firstNodePort, lastNodePort, type NodePorts } from "../node-ports.ts";
import { familyErrors, withFamilies } from "./families.ts";
import {
  clusterIpsOf,
  familiesOf,
  isHeadless,
  needsClusterIp,
  needsHealthCheckPort,
  portsOf,
  serviceKey,
  wantsNodePorts,
  withSpec,
} from "./service-spec.ts";

/** What is handed out to Services. */
export interface ServiceAllocations {
  readonly addresses: ClusterAddresses;
  readonly nodePorts: NodePorts;
}

/** Gives the Service the cluster IPs and node ports it lacks. Throws ApiError 422 when it asks for what it cannot have. */
export function allocate(
  service: KubeObject,
  allocations: ServiceAllocations,
  previous?: KubeObject,
): KubeObject {
  const addressed = needsClusterIp(service)
    ? withAddresses(service, allocations.addresses, previous)
    : service;
  return withHealthCheckPort(withNodePorts(addressed, allocations.nodePorts), allocations.nodePorts);
}

function withAddresses(
  service: KubeObject,
  addresses: ClusterAddresses,
  previous: KubeObject | undefined,
): KubeObject {
  const settled = withFamilies(service, addresses.families, previous);
  refuse(settled, familyErrors(settled, addresses.families));
  if (isHeadless(settled)) return settled;
  const asked = clusterIpsOf(settled);
  refuse(
    settled,
    asked.flatMap((text) => claimError(settled, text, addresses)),
  );
  const clusterIPs = familiesOf(settled).map(
    (family, index) => asked[index] ?? chosen(settled, family as IpFamily, addresses),
  );
  return withSpec(settled, { clusterIP: clusterIPs[0], clusterIPs });
}

function claimError(service: KubeObject, text: string, addresses: ClusterAddresses): readonly FieldError[] {
  const address = parseIpAddress(text);
  const why = address.ok ? addresses.whyNot(address.value, serviceKey(service)) : undefined;
  return why === undefined
    ? []
    : [invalidValue("spec.clusterIPs", [text], `failed to allocate IP ${text}: ${why}`)];
}

function chosen(service: KubeObject, family: IpFamily, addresses: ClusterAddresses): string {
  const found = addresses.choose(family);
  if (found === undefined)
    throw internal(service, `failed to allocate a serviceIP: range is full (${family})`);
  return found;
}

function withNodePorts(service: KubeObject, nodePorts: NodePorts): KubeObject {
  const ports = portsOf(service);
  if (ports.length === 0) return service;
  refuse(
    service,
    ports.flatMap((port, index) => nodePortError(service, port, index, nodePorts)),
  );
  if (!wantsNodePorts(service)) return service;
  const taken = new Set(ports.flatMap((port) => requestedPort(port) ?? []));
  /** TCP and UDP on one port number share a node port, as in DNS. */
  const byNumber = new Map<unknown, { nodePort: number; protocols: Set<unknown> }>();
  const filled = ports.map((port) => {
    const shared = byNumber.get(port["port"]);
    const mayShare = shared !== undefined && !shared.protocols.has(port["protocol"]);
    const nodePort =
      requestedPort(port) ?? (mayShare ? shared.nodePort : freshPort(service, nodePorts, taken));
    const protocols = mayShare ? shared.protocols : new Set<unknown>();
    byNumber.set(port["port"], { nodePort, protocols: protocols.add(port["protocol"]) });
    taken.add(nodePort);
    return { ...port, nodePort };
  });
  return withSpec(service, { ports: filled });
}

function requestedPort(port: JsonObject): number | undefined {
  const asked = port["nodePort"];
  return typeof asked === "number" && asked !== 0 ? asked : undefined;
}

function nodePortError(
  service: KubeObject,
  port: JsonObject,
  index: number,
  nodePorts: NodePorts,
): readonly FieldError[] {
  const asked = requestedPort(port);
  const field = `spec.ports[${index}].nodePort`;
  if (asked === undefined) return [];
  if (asked < firstNodePort || asked > lastNodePort) {
    const range = `${firstNodePort}-${lastNodePort}`;
    return [
      invalidValue(
        field,
        asked,
        `provided port is not in the valid range. The range of valid ports is ${range}`,
      ),
    ];
  }
  const before = portsOf(service).slice(0, index);
  const isTaken = before.some(
    (other) => requestedPort(other) === asked && other["protocol"] === port["protocol"],
  );
  if (!isTaken && nodePorts.isFree(asked, serviceKey(service))) return [];
  return [invalidValue(field, asked, "provided port is already allocated")];
}

function freshPort(service: KubeObject, nodePorts: NodePorts, taken: ReadonlySet<number>): number {
  const port = nodePorts.choose(taken);
  if (port === undefined) throw internal(service, "failed to allocate a nodePort: range is full");
  return port;
}

function withHealthCheckPort(service: KubeObject, nodePorts: NodePorts): KubeObject {
  if (!needsHealthCheckPort(service)) return service;
  const asked = at(service, "spec", "healthCheckNodePort");
  if (typeof asked === "number" && asked !== 0) return service;
  const taken = new Set(portsOf(service).flatMap((port) => requestedPort(port) ?? []));
  return withSpec(service, { healthCheckNodePort: freshPort(service, nodePorts, taken) });
}

function refuse(service: KubeObject, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: "", kind: "Service" }, service.metadata.name ?? "", errors);
}

function internal(service: KubeObject, why: string): ApiError {
  return new ApiError(
    500,
    "InternalError",
    `Internal error occurred: Service ${serviceKey(service)}: ${why}`,
  );
}
