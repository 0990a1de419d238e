import { isArray, isObject, type Json } from "../json.ts";

type Step =
  | { readonly at: "field"; readonly name: string }
  | { readonly at: "index"; readonly index: number }
  | { readonly at: "all" }
  | { readonly at: "filter"; readonly field: string; readonly value: string };

const stepPattern =
  /\.([A-Za-z0-9_-]+)|\['([^']+)'\]|\[(-?\d+)\]|\[(\*)\]|\[\?\(@\.([A-Za-z0-9_.-]+)==["']([^"']*)["']\)\]/gy;

/** Parses the JSONPath of a printer column: fields, `[0]`, `[*]` and `[?(@.type=="Ready")]`. */
export function parseJsonPath(path: string): readonly Step[] {
  const steps: Step[] = [];
  stepPattern.lastIndex = 0;
  while (stepPattern.lastIndex < path.length) {
    const from = stepPattern.lastIndex;
    const found = stepPattern.exec(path);
    if (found === null) throw new Error(`JSONPath ${path}: cannot read from position ${from}`);
    steps.push(stepOf(found));
  }
  return steps;
}

function stepOf(found: RegExpExecArray): Step {
  const [, field, quoted, index, all, filterField, filterValue] = found;
  if (all !== undefined) return { at: "all" };
  if (index !== undefined) return { at: "index", index: Number(index) };
  if (filterField !== undefined) return { at: "filter", field: filterField, value: filterValue ?? "" };
  return { at: "field", name: field ?? quoted ?? "" };
}

/** All values that the path leads to. */
export function evaluateJsonPath(steps: readonly Step[], root: Json): readonly Json[] {
  return steps.reduce<readonly Json[]>(
    (values, step) => values.flatMap((value) => take(step, value)),
    [root],
  );
}

function take(step: Step, value: Json): readonly Json[] {
  switch (step.at) {
    case "field": {
      const found = isObject(value) ? value[step.name] : undefined;
      return found === undefined ? [] : [found];
    }
    case "index": {
      const found = isArray(value) ? value.at(step.index) : undefined;
      return found === undefined ? [] : [found];
    }
    case "all":
      return isArray(value) ? value : [];
    case "filter":
      return isArray(value) ? value.filter((item) => isObject(item) && item[step.field] === step.value) : [];
  }
}
