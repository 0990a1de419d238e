import { parseLabelSelector, type LabelSelector } from "../foundation/index.ts";
import { type Findings } from "./findings.ts";
import { itemOf, readList, type RawField } from "./raw-fields.ts";

/**
 * A list of label selectors in which nothing may occur twice: no selector in the list, no expression in a selector, no
 * value in an expression (reference metallb.md, section 2.2). The order of values does not matter, that of expressions
 * does.
 */
export function readSelectors(list: RawField, findings: Findings): readonly LabelSelector[] {
  const selectors: LabelSelector[] = [];
  const seen = new Set<string>();
  for (const [index, value] of readList(list, findings).entries()) {
    const item = itemOf(list, index, value);
    const selector = readSelector(item, findings);
    if (!selector) continue;
    const identity = selectorIdentity(selector);
    refuseDuplicateParts(selector, item.path, findings);
    if (seen.has(identity))
      findings.refuse(item.path, "duplicate selector: the same one stands earlier in the list");
    seen.add(identity);
    selectors.push(selector);
  }
  return selectors;
}

/** One selector; undefined, with a finding, when it is none. */
export function readSelector({ value, path }: RawField, findings: Findings): LabelSelector | undefined {
  const selector = parseLabelSelector(value);
  if (selector.ok) return selector.value;
  findings.refuse(path, selector.error);
  return undefined;
}

function refuseDuplicateParts(selector: LabelSelector, path: string, findings: Findings): void {
  const seen = new Set<string>();
  for (const [index, expression] of (selector.matchExpressions ?? []).entries()) {
    const where = `${path}.matchExpressions[${index}]`;
    const values = expression.values ?? [];
    if (new Set(values).size < values.length)
      findings.refuse(`${where}.values`, "duplicate value in an expression");
    const identity = expressionIdentity(expression);
    if (seen.has(identity))
      findings.refuse(where, "duplicate expression: the same one stands earlier in the selector");
    seen.add(identity);
  }
}

function selectorIdentity(selector: LabelSelector): string {
  const labels = Object.entries(selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([labels, (selector.matchExpressions ?? []).map(expressionIdentity)]);
}

function expressionIdentity(expression: NonNullable<LabelSelector["matchExpressions"]>[number]): string {
  return JSON.stringify([expression.key, expression.operator, [...(expression.values ?? [])].sort()]);
}
