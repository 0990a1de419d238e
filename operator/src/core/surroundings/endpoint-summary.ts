import { type EndpointSliceResource, projectEndpointSlice, serviceOfSlice } from "@steelyard/model/resources";
import { canServe } from "@steelyard/model/services";

/** What is kept of an EndpointSlice, of which a cluster has tens of thousands: where its Service can be served. */
export interface EndpointSummary {
  /** `namespace/name`; undefined = the slice belongs to nobody. */
  readonly service: string | undefined;
  /** The nodes with an endpoint that can serve, each once, sorted. */
  readonly nodes: readonly string[];
  /** Some endpoint can serve, even if it does not say on which node. */
  readonly canServe: boolean;
  readonly hasEndpoints: boolean;
}

const nowhere: readonly string[] = [];

export function projectEndpointSummary(raw: unknown): EndpointSummary {
  const slice = projectEndpointSlice(raw);
  const serving = slice.endpoints.filter(canServe);
  const nodes = new Set(serving.flatMap(({ nodeName }) => nodeName ?? []));
  return {
    service: serviceOfSlice(slice),
    nodes: nodes.size === 0 ? nowhere : [...nodes].sort(),
    canServe: serving.length > 0,
    hasEndpoints: slice.endpoints.length > 0,
  };
}

/** Whether nothing that decides about announcing has changed; pods that come and go on the same nodes change nothing. */
export function isSameForAnnouncing(
  a: EndpointSummary | undefined,
  b: EndpointSummary | undefined,
  options: { readonly byNode: boolean },
): boolean {
  const isSameEverywhere =
    (a?.canServe ?? false) === (b?.canServe ?? false) &&
    (a?.hasEndpoints ?? false) === (b?.hasEndpoints ?? false);
  return isSameEverywhere && (!options.byNode || (a?.nodes ?? []).join() === (b?.nodes ?? []).join());
}

/** In the form that the rules of announcing are written for. */
export function slicesOf(summaries: readonly EndpointSummary[]): readonly EndpointSliceResource[] {
  return summaries.map(({ nodes, canServe: serves, hasEndpoints }) => ({
    metadata: { name: "" },
    endpoints: [
      ...nodes.map((nodeName) => ({ nodeName })),
      ...(serves && nodes.length === 0 ? [{}] : []),
      ...(hasEndpoints && !serves ? [{ conditions: { ready: false } }] : []),
    ],
  }));
}
