import { type ClusterObject } from "../cluster/index.ts";
import { type ServiceRoute } from "./service-data-path.ts";

interface ServiceShape {
  readonly spec: {
    readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

interface SliceShape {
  readonly addressType: string;
  readonly ports: readonly { readonly name?: string; readonly port: number }[];
  /** The API server shows an empty list as null. */
  readonly endpoints:
    | readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[]
    | null;
}

/** What kube-proxy would program for these Services: each address and port to the ready endpoints of its family. */
export function serviceRoutes(
  services: readonly ClusterObject[],
  slices: readonly ClusterObject[],
): readonly ServiceRoute[] {
  return services.flatMap((service) => {
    const { spec, status } = service as unknown as ServiceShape;
    const own = slices.filter(
      (slice) => slice.metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
    );
    return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) =>
      ip === undefined
        ? []
        : (spec.ports ?? []).map((port) => ({
            address: ip,
            port: port.port,
            protocol: port.protocol === "UDP" ? ("udp" as const) : ("tcp" as const),
            endpoints: own.flatMap((slice) => endpointsOf(slice as unknown as SliceShape, ip, port.name)),
          })),
    );
  });
}

function endpointsOf(
  slice: SliceShape,
  address: string,
  portName: string | undefined,
): ServiceRoute["endpoints"] {
  if ((slice.addressType === "IPv6") !== address.includes(":")) return [];
  const port = slice.ports.find((candidate) => candidate.name === portName)?.port;
  if (port === undefined) return [];
  return (slice.endpoints ?? [])
    .filter((endpoint) => endpoint.conditions?.ready !== false)
    .flatMap((endpoint) => endpoint.addresses.map((pod) => ({ address: pod, port })));
}
