import { badRequest } from "../http/api-error.ts";

/** One requirement of a `labelSelector` parameter. */
type Requirement =
  | { readonly operator: "in" | "notin"; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: "exists" | "absent"; readonly key: string }
  | { readonly operator: "gt" | "lt"; readonly key: string; readonly value: number };

export type Labels = Readonly<Record<string, string>> | undefined;

const keyPattern = "(?:[A-Za-z0-9.-]+/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?";
const valuePattern = "[A-Za-z0-9_.-]*";
const setForm = new RegExp(`^(${keyPattern})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const equalForm = new RegExp(`^(${keyPattern})\\s*(==|=|!=)\\s*(${valuePattern})$`);
const orderForm = new RegExp(`^(${keyPattern})\\s*([<>])\\s*(\\d+)$`);
const existsForm = new RegExp(`^(!?)\\s*(${keyPattern})$`);

/** Parses the string form used in queries: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. Throws ApiError 400. */
export function parseLabelSelector(text: string): readonly Requirement[] {
  if (text.trim() === "") return [];
  return splitOutsideParentheses(text).map((part) => parseRequirement(part.trim()));
}

function splitOutsideParentheses(text: string): readonly string[] {
  return text.split(/,(?![^(]*\))/);
}

function parseRequirement(text: string): Requirement {
  const set = setForm.exec(text);
  if (set !== null) {
    const values = String(set[3])
      .split(",")
      .map((value) => value.trim());
    return { operator: set[2] === "in" ? "in" : "notin", key: String(set[1]), values };
  }
  const equal = equalForm.exec(text);
  if (equal !== null) {
    return {
      operator: equal[2] === "!=" ? "notin" : "in",
      key: String(equal[1]),
      values: [String(equal[3])],
    };
  }
  const order = orderForm.exec(text);
  if (order !== null)
    return { operator: order[2] === ">" ? "gt" : "lt", key: String(order[1]), value: Number(order[3]) };
  const exists = existsForm.exec(text);
  if (exists !== null) return { operator: exists[1] === "!" ? "absent" : "exists", key: String(exists[2]) };
  throw badRequest(`unable to parse requirement: "${text}" is no label requirement`);
}

export function matchesLabels(requirements: readonly Requirement[], labels: Labels): boolean {
  return requirements.every((requirement) => matchesOne(requirement, labels?.[requirement.key]));
}

function matchesOne(requirement: Requirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case "in":
      return value !== undefined && requirement.values.includes(value);
    case "notin":
      return value === undefined || !requirement.values.includes(value);
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    case "gt":
      return value !== undefined && Number(value) > requirement.value;
    case "lt":
      return value !== undefined && Number(value) < requirement.value;
  }
}
