import { type LabelSelector } from "../../foundation/index.ts";

/**
 * Whether two lists of node selectors have a node in common in every cluster in which each of them selects one: one list
 * takes all nodes, or both want the same label to have a value that both permit. Where it takes a look at the nodes to
 * know, the answer is no, and a node that is selected by both after all has to decide by itself.
 */
export function surelyShareNode(a: readonly LabelSelector[], b: readonly LabelSelector[]): boolean {
  if (takesAll(a) || takesAll(b)) return true;
  return a.some((first) => b.some((second) => overlap(first, second)));
}

function takesAll(selectors: readonly LabelSelector[]): boolean {
  return selectors.length === 0 || selectors.some((selector) => requirementsOf(selector).length === 0);
}

/** Equal selectors, or a single label each, the same one, with a value in common. */
function overlap(a: LabelSelector, b: LabelSelector): boolean {
  const [first, second] = [requirementsOf(a), requirementsOf(b)];
  if (JSON.stringify(first) === JSON.stringify(second)) return true;
  const [one, ...more] = first;
  const [other, ...others] = second;
  if (!one || !other || more.length > 0 || others.length > 0) return false;
  return one.key === other.key && one.values.some((value) => other.values.includes(value));
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  /** The values of which the label has to have one; none where the requirement is another one. */
  readonly values: readonly string[];
  readonly refused: readonly string[];
}

/** Sorted, so that equal selectors have equal requirements. */
function requirementsOf({ matchLabels, matchExpressions }: LabelSelector): readonly Requirement[] {
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
    refused: [],
  }));
  const expressions = (matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    const sorted = [...values].sort();
    return {
      key,
      operator,
      values: operator === "In" ? sorted : [],
      refused: operator === "In" ? [] : sorted,
    };
  });
  return [...labels, ...expressions].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
