import { Environment, type ParseResult } from "@marcbachmann/cel-js";
import { type FieldError } from "../http/api-error.ts";
import { invalidValue } from "../http/field-errors.ts";
import { isArray, isObject, type Json, type JsonObject } from "../json.ts";
import { toCel } from "./cel-value.ts";
import { type CelRule, type Schema, valueSchema } from "./schema.ts";

/** Evaluates all `x-kubernetes-validations` of a schema on an object. */
export interface CelChecker {
  readonly isEmpty: boolean;
  check(next: Json, previous: Json | undefined): readonly FieldError[];
}

interface CompiledRule {
  readonly rule: CelRule;
  /** A rule that mentions oldSelf is a transition rule: there is nothing to check without an old value. */
  readonly isTransition: boolean;
  evaluate: ParseResult;
}

const environment = new Environment({ enableOptionalTypes: true })
  .registerVariable("self", "dyn")
  .registerVariable("oldSelf", "dyn");

/** Throws when a rule of the schema does not parse: a CRD with such a rule must not be served. */
export function compileCelRules(schema: Schema): CelChecker {
  const compiled = new Map<Schema, readonly CompiledRule[]>();
  collectRules(schema, compiled);
  return {
    isEmpty: compiled.size === 0,
    check: (next, previous) =>
      compiled.size === 0 ? [] : checkValue({ compiled, path: "" }, schema, next, previous),
  };
}

function collectRules(schema: Schema, into: Map<Schema, readonly CompiledRule[]>): void {
  const rules = schema["x-kubernetes-validations"] ?? [];
  if (rules.length > 0) into.set(schema, rules.map(compileRule));
  for (const inner of Object.values(schema.properties ?? {})) collectRules(inner, into);
  for (const inner of [schema.items, valueSchema(schema)]) if (inner !== undefined) collectRules(inner, into);
}

function compileRule(rule: CelRule): CompiledRule {
  return { rule, isTransition: /\boldSelf\b/.test(rule.rule), evaluate: environment.parse(rule.rule) };
}

interface Walk {
  readonly compiled: ReadonlyMap<Schema, readonly CompiledRule[]>;
  readonly path: string;
}

function checkValue(
  walk: Walk,
  schema: Schema,
  next: Json,
  previous: Json | undefined,
): readonly FieldError[] {
  const own = (walk.compiled.get(schema) ?? []).flatMap((rule) =>
    checkRule(walk, schema, rule, next, previous),
  );
  if (isArray(next)) return [...own, ...checkItems(walk, schema, next, previous)];
  return isObject(next) ? [...own, ...checkFields(walk, schema, next, previous)] : own;
}

function checkRule(
  walk: Walk,
  schema: Schema,
  { rule, isTransition, evaluate }: CompiledRule,
  next: Json,
  previous: Json | undefined,
): readonly FieldError[] {
  if (isTransition && previous === undefined) return [];
  const context = {
    self: toCel(next, schema),
    ...(previous === undefined ? {} : { oldSelf: toCel(previous, schema) }),
  };
  const verdict = evaluated(evaluate, context);
  if (verdict === true) return [];
  const message =
    verdict === false ? (rule.message ?? `failed rule: ${rule.rule}`) : `rule: ${rule.rule}: ${verdict}`;
  return [ruleError(walk.path, next, message)];
}

/** True or false, or why the rule could not be evaluated, which refuses the object as well. */
function evaluated(evaluate: ParseResult, context: Record<string, unknown>): boolean | string {
  try {
    return evaluate(context) === true;
  } catch (cause) {
    return String(cause).split("\n")[0] ?? "";
  }
}

function ruleError(path: string, value: Json, message: string): FieldError {
  // The API server shows scalars but leaves objects and lists out.
  if (!isArray(value) && !isObject(value)) return invalidValue(path, value, message);
  return { field: path, reason: "FieldValueInvalid", message: `Invalid value: ${message}` };
}

function checkFields(
  walk: Walk,
  schema: Schema,
  next: JsonObject,
  previous: Json | undefined,
): readonly FieldError[] {
  const before = isObject(previous) ? previous : undefined;
  return Object.entries(next).flatMap(([name, value]) => {
    const inner = schema.properties?.[name] ?? valueSchema(schema);
    if (inner === undefined || value === undefined) return [];
    const path = walk.path === "" ? name : `${walk.path}.${name}`;
    return checkValue({ ...walk, path }, inner, value, before?.[name]);
  });
}

function checkItems(
  walk: Walk,
  schema: Schema,
  next: readonly Json[],
  previous: Json | undefined,
): readonly FieldError[] {
  const { items } = schema;
  if (items === undefined) return [];
  return next.flatMap((item, index) =>
    checkValue({ ...walk, path: `${walk.path}[${index}]` }, items, item, correlated(schema, item, previous)),
  );
}

/** The old item that a list item continues: only the items of keyed lists have an identity. */
function correlated(schema: Schema, item: Json, previous: Json | undefined): Json | undefined {
  const keys = schema["x-kubernetes-list-map-keys"];
  if (keys === undefined || !isObject(item) || !isArray(previous)) return undefined;
  return previous.find((old) => isObject(old) && keys.every((key) => old[key] === item[key]));
}
