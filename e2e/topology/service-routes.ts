import { type ClusterObject } from "../cluster/index.ts";
import { type ServiceRoute } from "./service-data-path.ts";

interface ServiceShape {
  readonly spec: {
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
    readonly externalTrafficPolicy?: "Cluster" | "Local";
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

interface SliceShape {
  readonly addressType: string;
  readonly ports: readonly { readonly name?: string; readonly port: number }[];
  /** The API server shows an empty list as null. */
  readonly endpoints:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
        readonly nodeName?: string;
      }[]
    | null;
}

/**
 * What kube-proxy would program on a node for these Services: each address and port to the ready endpoints of its family,
 * with policy Local to those of the node.
 */
export function serviceRoutes(
  services: readonly ClusterObject[],
  slices: readonly ClusterObject[],
  node: string,
): readonly ServiceRoute[] {
  return services.flatMap((service) => {
    const { spec, status } = service as unknown as ServiceShape;
    const own = slices.filter(
      (slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
    );
    const isLocal = spec.externalTrafficPolicy === "Local";
    const endpoints = (ip: string, port: string | undefined): ServiceRoute["endpoints"] =>
      own.flatMap((slice) =>
        endpointsOf(slice as unknown as SliceShape, ip, port, isLocal ? node : undefined),
      );
    return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
      ip === undefined
        ? []
        : (spec.ports ?? []).map((port) => ({
            address: ip,
            port: port.port,
            protocol: port.protocol === "UDP" ? ("udp" as const) : ("tcp" as const),
            endpoints: endpoints(ip, port.name),
            keepsSource: isLocal,
          })),
    );
  });
}

function endpointsOf(
  slice: SliceShape,
  address: string,
  portName: string | undefined,
  onlyOn: string | undefined,
): ServiceRoute["endpoints"] {
  if ((slice.addressType === "IPv6") !== address.includes(":")) return [];
  const port = slice.ports.find((candidate) => candidate.name === portName)?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
    .filter((endpoint) => onlyOn === undefined || endpoint.nodeName === onlyOn)
    .flatMap((endpoint) => endpoint.addresses.map((pod) => ({ address: pod, port })));
}
