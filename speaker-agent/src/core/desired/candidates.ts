import { type L2Advertisement } from "@steelyard/model/config";
import { type NodeResource } from "@steelyard/model/resources";
import {
  electorateOf,
  type ElectorateRules,
  excludedNodes,
  type ServingNodes,
  standNodes,
} from "@steelyard/model/services";
import { type AnnouncerCandidate } from "../election/rank-announcers.ts";

export interface CandidateRules {
  /** Those that are meant for the Service; not filtered by node, or nodes would come to different elections. */
  readonly advertisements: readonly L2Advertisement[];
  /** Nodes with an endpoint that can serve; undefined = it does not matter (externalTrafficPolicy Cluster). */
  readonly servingNodes: ServingNodes["nodes"] | undefined;
  readonly ignoreExcludeLb: boolean;
}

/** Holds every node against the rules for one Service (reference metallb.md, section 4.2, steps 4 and 5). */
export function announcerCandidates(
  nodes: readonly NodeResource[],
  { advertisements, servingNodes, ignoreExcludeLb }: CandidateRules,
): readonly AnnouncerCandidate[] {
  const rules: ElectorateRules = {
    ignoreExcludeLabel: ignoreExcludeLb,
    withdrawOnTaints: [],
    unreadyMayAnnounce: false,
    strictExclusion: true,
  };
  const standings = standNodes(nodes, advertisements, rules);
  const electorate = electorateOf(standings, servingNodes, rules);
  return [
    ...electorate.candidates.map(({ node, preference }) => ({ node, preference, exclusion: undefined })),
    ...excludedNodes(standings, electorate).map(({ node, because }) => ({
      node,
      preference: 0,
      exclusion: because,
    })),
  ];
}
