import { type Endpoint, type EndpointSliceResource } from "../resources/index.ts";

/**
 * Whether traffic may be sent to an endpoint: it is ready (unknown counts as ready), or it still serves although it is
 * not ready any more, as during its termination (reference metallb.md, section 4.1).
 */
export function canServe({ conditions }: Endpoint): boolean {
  return conditions?.ready !== false || conditions.serving === true;
}

export interface ServingNodes {
  /** An endpoint can serve, wherever it is, even if it does not say on which node. */
  readonly anywhere: boolean;
  /** Names of the nodes that host an endpoint that can serve. */
  readonly nodes: ReadonlySet<string>;
}

/** Where one Service can be served, from all of its slices of both families. */
export function servingNodes(slices: readonly EndpointSliceResource[]): ServingNodes {
  const serving = slices.flatMap((slice) => slice.endpoints).filter(canServe);
  const names = serving.flatMap(({ nodeName }) => (nodeName === undefined ? [] : [nodeName]));
  return { anywhere: serving.length > 0, nodes: new Set(names) };
}
