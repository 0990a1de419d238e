import { badRequest } from "../http/api-error.ts";
import { at, type KubeObject } from "../json.ts";

interface FieldTerm {
  readonly path: readonly string[];
  readonly value: string;
  readonly negated: boolean;
}

const term = /^([^=!]+?)(==|=|!=)(.*)$/;

/** Parses `metadata.name=x,spec.type!=y`; a field that the resource does not offer is refused as the API server does. */
export function parseFieldSelector(text: string, supported: readonly string[]): readonly FieldTerm[] {
  if (text.trim() === "") return [];
  return text.split(",").map((part) => {
    const found = term.exec(part.trim());
    if (found === null) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const field = String(found[1]);
    if (!supported.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return { path: field.split("."), value: String(found[3]), negated: found[2] === "!=" };
  });
}

/** An absent field equals the empty string, as in every field set of the API server. */
export function matchesFields(terms: readonly FieldTerm[], object: KubeObject): boolean {
  return terms.every(({ path, value, negated }) => {
    const found = at(object, ...path);
    const text =
      typeof found === "string" ? found : found === undefined || found === null ? "" : JSON.stringify(found);
    return (text === value) !== negated;
  });
}
