import { type L2Advertisement } from "@steelyard/model/config";
import { matchesLabels } from "@steelyard/model/foundation";
import { EXCLUDE_NODE_LABEL, type NodeResource } from "@steelyard/model/resources";
import {
  advertisementCoversNode,
  type NodeUnfitReason,
  type ServingNodes,
  whyNodeCannotAnnounce,
} from "@steelyard/model/services";
import { type AnnouncerCandidate } from "../election/rank-announcers.ts";

export interface CandidateRules {
  /** Those that are meant for the Service; not filtered by node, or nodes would come to different elections. */
  readonly advertisements: readonly L2Advertisement[];
  /** Nodes with an endpoint that can serve; undefined = it does not matter (externalTrafficPolicy Cluster). */
  readonly servingNodes: ServingNodes["nodes"] | undefined;
  readonly ignoreExcludeLb: boolean;
}

const UNFIT: Readonly<Record<NodeUnfitReason, string>> = {
  "not-ready": "is not Ready",
  "network-unavailable": "has the condition NetworkUnavailable",
  "exclude-label": `carries the label ${EXCLUDE_NODE_LABEL}`,
};

/** Holds every node against the rules for one Service (reference metallb.md, section 4.2, steps 4 and 5). */
export function announcerCandidates(
  nodes: readonly NodeResource[],
  rules: CandidateRules,
): readonly AnnouncerCandidate[] {
  return nodes.map((node) => ({
    node: node.metadata.name,
    preference: preferenceOf(node, rules.advertisements),
    exclusion: whyExcluded(node, rules),
  }));
}

function whyExcluded(node: NodeResource, rules: CandidateRules): string | undefined {
  const unfit = whyNodeCannotAnnounce(node, { ignoreExcludeLabel: rules.ignoreExcludeLb });
  if (unfit !== undefined) return UNFIT[unfit];
  if (!rules.advertisements.some((advertisement) => advertisementCoversNode(advertisement, node))) {
    return "is not selected by any advertisement of the Service";
  }
  const serves = rules.servingNodes?.has(node.metadata.name) ?? true;
  return serves ? undefined : "runs no endpoint that can serve (externalTrafficPolicy Local)";
}

/** Weights count only where the advertisement itself covers the node. */
function preferenceOf(node: NodeResource, advertisements: readonly L2Advertisement[]): number {
  return advertisements
    .filter((advertisement) => advertisementCoversNode(advertisement, node))
    .flatMap(({ preferredNodeSelectors }) => preferredNodeSelectors)
    .filter(({ preference }) => matchesLabels(preference, node.metadata.labels))
    .reduce((sum, { weight }) => sum + weight, 0);
}
