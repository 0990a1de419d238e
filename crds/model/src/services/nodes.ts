import { EXCLUDE_NODE_LABEL, type NodeResource } from "../resources/index.ts";
import { formatTaint, matchesTaint, type TaintRule } from "./taint-rule.ts";

/** Why a node announces nothing, whatever the Service. */
export type NodeUnfitReason = "not-ready" | "network-unavailable" | "exclude-label" | "taint";

export interface NodeUnfitness {
  readonly reason: NodeUnfitReason;
  /** The end of a sentence that begins with the node's name. */
  readonly because: string;
}

/** What the agents were started with, as far as it decides which nodes may announce. */
export interface NodeRules {
  /** The flag `--ignore-exclude-lb`: the exclusion label means nothing. */
  readonly ignoreExcludeLabel: boolean;
  /** The flag `--withdraw-on-taint`. */
  readonly withdrawOnTaints: readonly TaintRule[];
  /**
   * Whether a node that is not Ready may announce: with membership the ring knows better who lives, without it nothing
   * else tells.
   */
  readonly unreadyMayAnnounce: boolean;
}

/** MetalLB's rules, with membership. */
export const USUAL_NODE_RULES: NodeRules = {
  ignoreExcludeLabel: false,
  withdrawOnTaints: [],
  unreadyMayAnnounce: true,
};

/**
 * Why a node cannot announce (reference metallb.md, section 4.2, step 4), whatever its owner wants; undefined when it can.
 * A node is ready only when its Ready condition says True: a kubelet that has gone silent leaves it at Unknown.
 */
export function whyNodeCannotAnnounce(node: NodeResource, rules: NodeRules): NodeUnfitness | undefined {
  if (!rules.unreadyMayAnnounce && !isNodeReady(node))
    return { reason: "not-ready", because: "is not Ready" };
  if (conditionStatus(node, "NetworkUnavailable") !== "True") return undefined;
  return { reason: "network-unavailable", because: "has the condition NetworkUnavailable" };
}

/** Why somebody asked that a node does not announce; undefined when nobody did. */
export function whyNodeIsWithdrawn(node: NodeResource, rules: NodeRules): NodeUnfitness | undefined {
  const isLabelled = node.metadata.labels?.[EXCLUDE_NODE_LABEL] !== undefined;
  if (isLabelled && !rules.ignoreExcludeLabel) {
    return { reason: "exclude-label", because: `carries the label ${EXCLUDE_NODE_LABEL}` };
  }
  const taint = node.spec?.taints?.find((one) =>
    rules.withdrawOnTaints.some((rule) => matchesTaint(rule, one)),
  );
  return taint && { reason: "taint", because: `carries the taint ${formatTaint(taint)}` };
}

/** Why the node is about to go out of service: the end of a sentence that begins with its name; undefined when it is not. */
export function whyNodeIsDrained(
  node: NodeResource,
  rules: Pick<NodeRules, "withdrawOnTaints">,
): string | undefined {
  if (node.metadata.deletionTimestamp !== undefined) return "is being deleted";
  if (node.spec?.unschedulable === true) return "is cordoned";
  const outOfService = { key: "node.kubernetes.io/out-of-service", value: undefined, effect: undefined };
  const drains = [...rules.withdrawOnTaints, outOfService];
  const taint = node.spec?.taints?.find((one) => drains.some((rule) => matchesTaint(rule, one)));
  return taint && `carries the taint ${formatTaint(taint)}`;
}

export function isNodeReady(node: NodeResource): boolean {
  return conditionStatus(node, "Ready") === "True";
}

function conditionStatus(node: NodeResource, type: string): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type)?.status;
}
