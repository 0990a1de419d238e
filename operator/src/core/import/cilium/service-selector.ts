import { type LabelSelector } from "@steelyard/model/foundation";
import { type Fields } from "../fields.ts";

/** What Cilium puts on every Service before it asks a selector, and nobody else does. */
const namespaceLabel = "io.kubernetes.service.namespace";
const nameLabel = "io.kubernetes.service.name";

/** A selector of Services taken apart: namespaces by name, and what is left for labels. */
export interface ServiceSelection {
  /** undefined = any. */
  readonly namespaces: readonly string[] | undefined;
  /** undefined = any. */
  readonly labels: LabelSelector | undefined;
  /** Why the selection is not all that the selector asks for; undefined = it is. */
  readonly lost: string | undefined;
}

type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

export function readServiceSelection(selector: LabelSelector): ServiceSelection {
  const given = selector.matchLabels ?? {};
  const expressions = selector.matchExpressions ?? [];
  const byLabel = given[namespaceLabel];
  const byExpression = expressions.filter(isNamespaceList).map(({ values = [] }) => values);
  const lists = [...(byLabel === undefined ? [] : [[byLabel]]), ...byExpression];
  const matchLabels = Object.fromEntries(Object.entries(given).filter(([key]) => !isSpecial(key)));
  const matchExpressions = expressions.filter(({ key }) => !isSpecial(key));
  const isAny = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  return {
    namespaces: lists.length === 0 ? undefined : intersectionOf(lists),
    labels: isAny
      ? undefined
      : {
          ...(Object.keys(matchLabels).length > 0 && { matchLabels }),
          ...(matchExpressions.length > 0 && { matchExpressions }),
        },
    lost: lostOf(given, expressions),
  };
}

/**
 * The `serviceSelectors` of an advertisement; undefined, and told at `key`, when they cannot say what the selector says:
 * then there must be no advertisement, because without them it would be for everybody.
 */
export function advertisementSelectors(
  selector: LabelSelector | undefined,
  fields: Fields,
  key: string,
): readonly LabelSelector[] | undefined {
  if (selector === undefined) return [];
  const { namespaces, labels, lost } = readServiceSelection(selector);
  const why =
    lost ??
    (namespaces && "Services are not selected by namespace here; let a pool do it (serviceAllocation)");
  if (why === undefined) return labels === undefined ? [] : [labels];
  fields.lose(key, `${why}; no advertisement is made of this`);
  return undefined;
}

function isNamespaceList({ key, operator }: Expression): boolean {
  return key === namespaceLabel && operator === "In";
}

function isSpecial(key: string): boolean {
  return key === namespaceLabel || key === nameLabel;
}

function intersectionOf(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  return [...new Set(first)].filter((name) => others.every((list) => list.includes(name)));
}

function lostOf(
  given: Readonly<Record<string, string>>,
  expressions: readonly Expression[],
): string | undefined {
  if (given[nameLabel] !== undefined || expressions.some(({ key }) => key === nameLabel))
    return "Services are not selected by name; give them a label of their own";
  const isOther = (one: Expression): boolean => one.key === namespaceLabel && !isNamespaceList(one);
  return expressions.some(isOther) ? "namespaces can be listed but not excluded" : undefined;
}
