import { assertNever } from "./assert-never.ts";
import { isJsonObject } from "./json-object.ts";
import { err, ok, type Result } from "./result.ts";

export type LabelSelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist";

export interface LabelSelectorRequirement {
  readonly key: string;
  readonly operator: LabelSelectorOperator;
  /** In and NotIn need at least one; Exists and DoesNotExist must have none. */
  readonly values?: readonly string[];
}

/** metav1.LabelSelector. All parts must hold; a selector without parts matches everything. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly LabelSelectorRequirement[];
}

/**
 * A selector as an API object carries it, checked by the rules of Kubernetes' labels package: names of keys, values,
 * operators, number of values. The result is a new object without anything else the input may hold; the error is one
 * sentence.
 */
export function parseLabelSelector(raw: unknown): Result<LabelSelector, string> {
  if (!isJsonObject(raw)) return err("a label selector must be an object");
  const labels = parseMatchLabels(raw["matchLabels"]);
  if (!labels.ok) return labels;
  const expressions = parseMatchExpressions(raw["matchExpressions"]);
  if (!expressions.ok) return expressions;
  return ok({
    ...(Object.keys(labels.value).length > 0 && { matchLabels: labels.value }),
    ...(expressions.value.length > 0 && { matchExpressions: expressions.value }),
  });
}

export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  const own = labels ?? {};
  return (
    Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labelOf(own, key) === value) &&
    (selector.matchExpressions ?? []).every((expression) => matchesExpression(expression, own))
  );
}

/** A list of selectors as the API uses it: one of them must match, and an empty list restricts nothing. */
export function matchesAny(
  selectors: readonly LabelSelector[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selectors.length === 0 || selectors.some((selector) => matchesLabels(selector, labels));
}

/**
 * The text form that kubectl and the API's labelSelector parameter read, with keys and values sorted; "" for the
 * selector that matches everything. Two selectors with the same text match the same labels.
 */
export function formatLabelSelector(selector: LabelSelector): string {
  const labels = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = (selector.matchExpressions ?? []).map(formatExpression);
  return [...labels, ...expressions].sort().join(",");
}

/** NotIn also matches when the label is absent, as everywhere in Kubernetes. */
function matchesExpression(
  expression: LabelSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labelOf(labels, expression.key);
  const values = expression.values ?? [];
  switch (expression.operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return assertNever(expression.operator);
  }
}

function formatExpression({ key, operator, values = [] }: LabelSelectorRequirement): string {
  const list = `(${[...values].sort().join(",")})`;
  switch (operator) {
    case "In":
      return `${key} in ${list}`;
    case "NotIn":
      return `${key} notin ${list}`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return assertNever(operator);
  }
}

function parseMatchLabels(raw: unknown): Result<Record<string, string>, string> {
  if (raw === undefined || raw === null) return ok({});
  if (!isJsonObject(raw)) return err("matchLabels must be an object");
  for (const [key, value] of Object.entries(raw)) {
    const problem = whyNotLabelKey(key) ?? whyNotLabelValue(value);
    if (problem !== undefined) return err(`matchLabels: ${problem}`);
  }
  return ok({ ...(raw as Record<string, string>) });
}

function parseMatchExpressions(raw: unknown): Result<LabelSelectorRequirement[], string> {
  if (raw === undefined || raw === null) return ok([]);
  if (!Array.isArray(raw)) return err("matchExpressions must be a list");
  const requirements: LabelSelectorRequirement[] = [];
  for (const [index, item] of raw.entries()) {
    const requirement = parseRequirement(item);
    if (!requirement.ok) return err(`matchExpressions[${index}]: ${requirement.error}`);
    requirements.push(requirement.value);
  }
  return ok(requirements);
}

function parseRequirement(raw: unknown): Result<LabelSelectorRequirement, string> {
  if (!isJsonObject(raw)) return err("must be an object");
  const { key, operator, values } = raw as { key?: unknown; operator?: unknown; values?: unknown };
  if (typeof key !== "string") return err("key must be a text");
  const problem = whyNotLabelKey(key) ?? whyNotValues(operator, values ?? []);
  if (problem !== undefined) return err(problem);
  const list = (values ?? []) as string[];
  return ok({
    key,
    operator: operator as LabelSelectorOperator,
    ...(list.length > 0 && { values: [...list] }),
  });
}

function whyNotValues(operator: unknown, values: unknown): string | undefined {
  if (!Array.isArray(values)) return "values must be a list";
  switch (operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) return `values must not be empty for operator ${operator}`;
      return values.map(whyNotLabelValue).find((problem) => problem !== undefined);
    case "Exists":
    case "DoesNotExist":
      return values.length === 0 ? undefined : `values must be empty for operator ${operator}`;
    default:
      return `${JSON.stringify(operator)} is not a valid label selector operator`;
  }
}

const LABEL_NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const DNS_SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;

/** A qualified name: an optional DNS prefix of at most 253 characters, and a name of at most 63. */
function whyNotLabelKey(key: string): string | undefined {
  const parts = key.split("/");
  const name = parts.pop() ?? "";
  const prefix = parts.length === 0 ? "x" : parts.join("/");
  const valid = LABEL_NAME.test(name) && prefix.length <= 253 && DNS_SUBDOMAIN.test(prefix);
  return valid ? undefined : `${JSON.stringify(key)} is not a valid label key`;
}

function whyNotLabelValue(value: unknown): string | undefined {
  if (typeof value !== "string") return `${JSON.stringify(value)} is not a text`;
  return value === "" || LABEL_NAME.test(value)
    ? undefined
    : `${JSON.stringify(value)} is not a valid label value`;
}

/** Only own properties count: a label may be called "constructor". */
function labelOf(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
