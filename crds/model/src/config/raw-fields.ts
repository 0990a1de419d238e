import { isJsonObject, type JsonObject } from "../foundation/index.ts";
import { type Limits } from "./defaults.ts";
import { type Findings } from "./findings.ts";

// Readers of single fields of an object of unknown shape. The schema in the API server refuses most of what they guard
// against, but not what was stored before it was there. null is what an empty YAML value becomes: as good as absent.

/** A value and where it stands in its object, such as `spec.addresses[1]`. */
export interface RawField {
  readonly value: unknown;
  readonly path: string;
}

export function fieldOf(object: JsonObject, key: string, parent: string): RawField {
  return { value: object[key] ?? undefined, path: `${parent}.${key}` };
}

export function itemOf(list: RawField, index: number, value: unknown): RawField {
  return { value: value ?? undefined, path: `${list.path}[${index}]` };
}

/** An empty object in place of an absent one and, with a finding, of anything else. */
export function readObject({ value, path }: RawField, findings: Findings): JsonObject {
  if (isJsonObject(value)) return value;
  if (value !== undefined) findings.refuse(path, `must be an object, not ${describeType(value)}`);
  return {};
}

export function readList({ value, path }: RawField, findings: Findings): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value !== undefined) findings.refuse(path, `must be a list, not ${describeType(value)}`);
  return [];
}

export function readBoolean({ value, path }: RawField, fallback: boolean, findings: Findings): boolean {
  if (typeof value === "boolean") return value;
  if (value !== undefined) findings.refuse(path, `must be true or false, not ${describeType(value)}`);
  return fallback;
}

export function readInteger({ value, path }: RawField, findings: Findings): number | undefined {
  if (Number.isSafeInteger(value)) return value as number;
  if (value !== undefined) findings.refuse(path, `must be a whole number, not ${describeType(value)}`);
  return undefined;
}

/** A whole number within limits; undefined when absent or, with a finding, when it is none. */
export function readNumber(
  field: RawField,
  { lowest, highest }: Limits,
  findings: Findings,
): number | undefined {
  const number = readInteger(field, findings);
  if (number === undefined || (number >= lowest && number <= highest)) return number;
  findings.refuse(field.path, `must be a number from ${lowest} to ${highest}, not ${number}`);
  return undefined;
}

/** Undefined when absent and when empty: in Go's types, which the API follows, the two are the same. */
export function readText({ value, path }: RawField, findings: Findings): string | undefined {
  if (typeof value === "string") return value === "" ? undefined : value;
  if (value !== undefined) findings.refuse(path, `must be a text, not ${describeType(value)}`);
  return undefined;
}

/** The texts of a list; items of another type are left out, with a finding. */
export function readTexts(list: RawField, findings: Findings): readonly string[] {
  const texts: string[] = [];
  for (const [index, value] of readList(list, findings).entries()) {
    if (typeof value === "string") texts.push(value);
    else findings.refuse(itemOf(list, index, value).path, `must be a text, not ${describeType(value)}`);
  }
  return texts;
}

/** A list of texts in which none may be listed twice. */
export function readDistinctTexts(list: RawField, findings: Findings): readonly string[] {
  const texts = readTexts(list, findings);
  const seen = new Set<string>();
  for (const [index, text] of texts.entries()) {
    if (seen.has(text)) findings.refuse(`${list.path}[${index}]`, `duplicate entry ${JSON.stringify(text)}`);
    seen.add(text);
  }
  return texts;
}

function describeType(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  switch (typeof value) {
    case "string":
      return "a text";
    case "number":
    case "bigint":
      return `the number ${value}`;
    case "boolean":
      return `${value}`;
    default:
      return "an object";
  }
}
