import { type L2Advertisement } from "../config/index.ts";
import { compareTexts, matchesLabels } from "../foundation/index.ts";
import { type NodeResource } from "../resources/index.ts";
import { advertisementCoversNode } from "./advertisements.ts";
import {
  isNodeReady,
  type NodeRules,
  type NodeUnfitReason,
  whyNodeCannotAnnounce,
  whyNodeIsWithdrawn,
} from "./nodes.ts";

/** A node that may announce, as the cluster's objects have it; whether it lives is not known here. */
export interface AnnouncingCandidate {
  readonly node: string;
  /** Sum of the weights of the preferences that the node satisfies; higher is better. */
  readonly preference: number;
  /** Exact interface names it may announce on, sorted; empty = all of them. */
  readonly interfaces: readonly string[];
}

export interface ExcludedNode {
  readonly node: string;
  readonly reason: NodeUnfitReason | "not-covered" | "no-endpoint";
  /** The end of a sentence that begins with the node's name. */
  readonly because: string;
}

/** What of an advertisement of either protocol decides between nodes; one of BGP prefers none and names no interface. */
export type NodeAdvertisement = Pick<L2Advertisement, "nodeSelectors"> &
  Partial<Pick<L2Advertisement, "interfaces" | "preferredNodeSelectors">>;

export interface ElectorateRules extends NodeRules {
  /** The flag `--strict-exclude-lb`: who is withdrawn stays so, even if nobody else is left. */
  readonly strictExclusion: boolean;
}

/** One node, held against the rules that do not depend on the Service's endpoints. */
interface NodeStanding {
  readonly candidate: AnnouncingCandidate;
  readonly isReady: boolean;
  /** Holds always. */
  readonly barred: ExcludedNode | undefined;
  /** Somebody asked for it: it is suspended when nobody else is left. */
  readonly withdrawn: ExcludedNode | undefined;
}

/**
 * Every node held against the rules, by name, sorted. It is the same for all Services with these advertisements: to keep
 * it is what makes an election of ten thousand Services among a thousand nodes cheap.
 */
export type NodeStandings = ReadonlyMap<string, NodeStanding>;

/** Who may announce one Service. */
export interface Electorate {
  /** Sorted by node name. */
  readonly candidates: readonly AnnouncingCandidate[];
  /**
   * Those of the candidates that are withdrawn by label or taint and count all the same, because nobody else who is Ready
   * may announce; sorted by node name.
   */
  readonly suspended: readonly ExcludedNode[];
}

/**
 * Holds every node against the rules (reference metallb.md, section 4.2, step 4).
 *
 * @param advertisements those that are meant for the Service; not filtered by node, or nodes would come to different
 *   elections
 */
export function standNodes(
  nodes: readonly NodeResource[],
  advertisements: readonly NodeAdvertisement[],
  rules: ElectorateRules,
): NodeStandings {
  const lists = new Map<string, readonly string[]>();
  const standings = nodes.map((node): [string, NodeStanding] => {
    const covering = advertisements.filter((advertisement) => advertisementCoversNode(advertisement, node));
    const interfaces = unionOfLists(covering.map((advertisement) => advertisement.interfaces ?? []));
    const shared = lists.get(interfaces.join()) ?? interfaces;
    lists.set(interfaces.join(), shared);
    return [node.metadata.name, standingOf(node, covering, shared, rules)];
  });
  return new Map(standings.sort(([a], [b]) => compareTexts(a, b)));
}

function standingOf(
  node: NodeResource,
  covering: readonly NodeAdvertisement[],
  interfaces: readonly string[],
  rules: ElectorateRules,
): NodeStanding {
  const { name } = node.metadata;
  const unfit = whyNodeCannotAnnounce(node, rules);
  const withdrawn = whyNodeIsWithdrawn(node, rules);
  const uncovered = covering.length === 0 ? notCovered : undefined;
  const barred = uncovered ?? unfit;
  return {
    candidate: { node: name, preference: preferenceOf(node, covering), interfaces },
    isReady: isNodeReady(node),
    barred: barred && { node: name, ...barred },
    withdrawn: withdrawn && { node: name, ...withdrawn },
  };
}

const notCovered = {
  reason: "not-covered",
  because: "is not selected by any advertisement of the Service",
} as const;

/** Weights count only where the advertisement itself covers the node. */
function preferenceOf(node: NodeResource, covering: readonly NodeAdvertisement[]): number {
  return covering
    .flatMap(({ preferredNodeSelectors = [] }) => preferredNodeSelectors)
    .filter(({ preference }) => matchesLabels(preference, node.metadata.labels))
    .reduce((sum, { weight }) => sum + weight, 0);
}

/** One list without names means all interfaces (reference metallb.md, section 4.3). */
function unionOfLists(lists: readonly (readonly string[])[]): readonly string[] {
  return lists.some((list) => list.length === 0) ? [] : [...new Set(lists.flat())].sort();
}

/**
 * Who of the nodes may announce a Service (reference metallb.md, section 4.2, step 5). Costs as much as the Service has
 * serving nodes when those are given.
 *
 * @param serving nodes with an endpoint that can serve; undefined = it does not matter (externalTrafficPolicy Cluster)
 */
export function electorateOf(
  standings: NodeStandings,
  serving: ReadonlySet<string> | undefined,
  rules: ElectorateRules,
): Electorate {
  const able = standingsOf(standings, serving).filter(({ barred }) => barred === undefined);
  const willing = able.filter(({ withdrawn }) => withdrawn === undefined);
  const enough =
    rules.strictExclusion || willing.some(({ isReady }) => isReady) || able.length === willing.length;
  if (enough) return { candidates: willing.map(({ candidate }) => candidate), suspended: [] };
  return {
    candidates: able.map(({ candidate }) => candidate),
    suspended: able.flatMap(({ withdrawn }) => withdrawn ?? []),
  };
}

function standingsOf(
  standings: NodeStandings,
  serving: ReadonlySet<string> | undefined,
): readonly NodeStanding[] {
  if (serving === undefined) return [...standings.values()];
  return [...serving].sort(compareTexts).flatMap((name) => standings.get(name) ?? []);
}

/** Everybody who is not a candidate, and why; sorted by node name. Dear: it looks at every node. */
export function excludedNodes(
  standings: NodeStandings,
  { candidates }: Pick<Electorate, "candidates">,
): readonly ExcludedNode[] {
  const chosen = new Set(candidates.map(({ node }) => node));
  return [...standings.keys()]
    .filter((node) => !chosen.has(node))
    .flatMap((node) => whyNotCandidate(standings, node) ?? []);
}

/** Of a node that is no candidate; undefined = the cluster has no such node. */
export function whyNotCandidate(standings: NodeStandings, node: string): ExcludedNode | undefined {
  const standing = standings.get(node);
  return standing && (standing.barred ?? standing.withdrawn ?? { node, ...noEndpoint });
}

const noEndpoint = {
  reason: "no-endpoint",
  because: "runs no endpoint that can serve (externalTrafficPolicy Local)",
} as const;
