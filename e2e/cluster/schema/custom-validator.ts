import { Ajv, type DefinedError, type ValidateFunction } from "ajv";
import { type FieldError } from "../http/api-error.ts";
import { sameJson, type Json, type KubeObject, at } from "../json.ts";
import { fieldErrorOf } from "./ajv-errors.ts";
import { compileCelRules, type CelChecker } from "./cel-checker.ts";
import { duplicateErrors } from "./list-duplicates.ts";
import { type Schema, valueSchema } from "./schema.ts";

/** Validates custom resources of one version against its schema and its CEL rules. */
export interface CustomValidator {
  validate(next: KubeObject, previous: KubeObject | undefined): readonly FieldError[];
}

const int32Limit = 2 ** 31;

function newAjv(): Ajv {
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    verbose: true,
    validateFormats: true,
    logger: false,
  });
  ajv.addFormat("int32", {
    type: "number",
    validate: (n: number) => Number.isInteger(n) && n >= -int32Limit && n < int32Limit,
  });
  ajv.addFormat("int64", { type: "number", validate: Number.isInteger });
  ajv.addFormat(
    "date-time",
    (text: string) => /^\d{4}-\d\d-\d\d[Tt]/.test(text) && !Number.isNaN(Date.parse(text)),
  );
  for (const name of ["float", "double", "byte", "password"]) ajv.addFormat(name, true);
  ajv.addKeyword({
    keyword: "x-kubernetes-int-or-string",
    validate: (wanted: boolean, value: unknown) =>
      !wanted || typeof value === "string" || Number.isInteger(value),
  });
  return ajv;
}

/** Throws for a schema that cannot be used: a pattern that is no expression, a rule that is no CEL. */
export function buildCustomValidator(schema: Schema): CustomValidator {
  checkPatterns(schema);
  const rules = compileCelRules(schema);
  // Compiled at its first use: that takes a good part of a second for all kinds, and no test uses them all.
  let check: ValidateFunction | undefined;
  return {
    validate: (next, previous) => {
      check ??= newAjv().compile(schema);
      return validateCustom(schema, check, rules, next, previous);
    },
  };
}

function checkPatterns(schema: Schema): void {
  if (schema.pattern !== undefined) new RegExp(schema.pattern, "u");
  const inner = [...Object.values(schema.properties ?? {}), schema.items, valueSchema(schema)];
  for (const each of inner) if (each !== undefined) checkPatterns(each);
}

function validateCustom(
  schema: Schema,
  check: ValidateFunction,
  rules: CelChecker,
  next: KubeObject,
  previous: KubeObject | undefined,
): readonly FieldError[] {
  const shape = check(next) ? [] : ((check.errors ?? []) as DefinedError[]).map(fieldErrorOf);
  const wrong = [...shape, ...duplicateErrors(schema, next)].filter(
    (error) => !isUnchanged(error.field, next, previous),
  );
  if (!wrong.some(({ reason }) => blocking.includes(reason)))
    return [...wrong, ...rules.check(next, previous)];
  return rules.isEmpty ? wrong : [...wrong, rulesNotChecked];
}

/** After these the rules could meet values that they are not made for; a mere bound that is broken does not stop them. */
const blocking: readonly FieldError["reason"][] = [
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
];

const rulesNotChecked: FieldError = {
  field: "<nil>",
  reason: "FieldValueInvalid",
  message:
    "Invalid value: null: some validation rules were not checked because the object was invalid; " +
    "correct the existing errors to complete validation",
};

/** Ratcheting: what was wrong before this update and is not touched by it does not stop the update. */
function isUnchanged(field: string, next: KubeObject, previous: KubeObject | undefined): boolean {
  if (previous === undefined) return false;
  const path = field
    .split(/[.[\]]+/)
    .filter((step) => step !== "")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
  const before: Json | undefined = at(previous, ...path);
  return before !== undefined && sameJson(at(next, ...path), before);
}
