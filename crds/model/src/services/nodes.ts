import { EXCLUDE_NODE_LABEL, type NodeResource } from "../resources/index.ts";

export type NodeUnfitReason = "not-ready" | "network-unavailable" | "exclude-label";

export interface NodeFitnessOptions {
  /** The flag `--ignore-exclude-lb`: the exclusion label means nothing. */
  readonly ignoreExcludeLabel: boolean;
}

/**
 * Why a node may announce nothing at all (reference metallb.md, section 4.2, step 4); undefined when it may. A node is
 * ready only when its Ready condition says True: a kubelet that has gone silent leaves it at Unknown.
 */
export function whyNodeCannotAnnounce(
  node: NodeResource,
  options: NodeFitnessOptions,
): NodeUnfitReason | undefined {
  if (conditionStatus(node, "Ready") !== "True") return "not-ready";
  if (conditionStatus(node, "NetworkUnavailable") === "True") return "network-unavailable";
  const excluded = node.metadata.labels?.[EXCLUDE_NODE_LABEL] !== undefined;
  return excluded && !options.ignoreExcludeLabel ? "exclude-label" : undefined;
}

function conditionStatus(node: NodeResource, type: string): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type)?.status;
}
