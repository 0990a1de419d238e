import { SERVICE_NAME_LABEL } from "./annotations.ts";
import { type ObjectMeta } from "./object-meta.ts";
import { booleanField, listOf, objectOr, projectMetadata, textField } from "./projection.ts";

/** What we read of a discovery.k8s.io/v1 EndpointSlice: where endpoints are, not their addresses. */
export interface EndpointSliceResource {
  /** Of the labels, only the name of the Service. */
  readonly metadata: ObjectMeta;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  /** A condition that is absent is unknown, which counts as ready (Kubernetes' EndpointConditions). */
  readonly conditions?: EndpointConditions;
  readonly nodeName?: string;
}

export interface EndpointConditions {
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
}

export function projectEndpointSlice(raw: unknown): EndpointSliceResource {
  return {
    metadata: projectMetadata(raw, { label: (name) => name === SERVICE_NAME_LABEL, annotation: () => false }),
    endpoints: listOf(objectOr(raw)["endpoints"], projectEndpoint),
  };
}

/** `namespace/name` of the Service that the slice belongs to; undefined for slices of nobody. */
export function serviceOfSlice(slice: EndpointSliceResource): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_NAME_LABEL];
  return name === undefined ? undefined : `${slice.metadata.namespace ?? ""}/${name}`;
}

function projectEndpoint(raw: unknown): Endpoint {
  const endpoint = objectOr(raw);
  const conditions = objectOr(endpoint["conditions"]);
  return {
    conditions: {
      ...booleanField("ready", conditions),
      ...booleanField("serving", conditions),
      ...booleanField("terminating", conditions),
    },
    ...textField("nodeName", endpoint),
  };
}
