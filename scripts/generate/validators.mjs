// Validators of the custom resources as plain functions: the operator needs neither ajv nor the schemas at run time
// (compiling there would cost half a second and 27 MB, see reference operator.md, section 5).

import { isDeepStrictEqual } from "node:util";
import { Ajv } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { format } from "prettier";
import { copySchema, isLabelSelector, walkSchema } from "./custom-resources.mjs";

/** What a schema may demand. Each has its sentence in resources/schema-validation.ts; teach both a new one together. */
const KEYWORDS = [
  "enum",
  "maxLength",
  "maximum",
  "minItems",
  "minLength",
  "minimum",
  "pattern",
  "required",
  "type",
];

/** Keywords that only give a schema its shape. */
const SHAPE = ["additionalProperties", "items", "properties"];
/** Keywords that ask nothing of a value by themselves; rules in CEL are checked by resources/cel-rules.ts. */
const SILENT = [
  "default",
  "description",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-list-type",
  "x-kubernetes-map-type",
  "x-kubernetes-validations",
];

const SELECTOR = "label-selector";

// RFC 3339, section 5.6, which is what the API server takes for the format "date-time".
const DATE_TIME =
  "^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])[Tt]([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d+)?([Zz]|[+-]([01]\\d|2[0-3]):[0-5]\\d)$";

// The one helper that the generated code wants of ajv, written out: lengths count code points, not UTF-16 units.
const AJV_LENGTH = /require\("ajv\/dist\/runtime\/ucs2length"\)\.default/g;
const LENGTH = "(text) => { let length = 0; for (const _ of text) length += 1; return length; }";

/** @param {import("./custom-resources.mjs").ResourceVersion[]} versions @returns {Promise<string>} an ECMAScript module */
export function renderValidators(versions) {
  const ajv = new Ajv({
    strict: true,
    allErrors: true,
    // A selector occurs a dozen times: one function that is called, not a dozen copies; and no prose, only codes.
    inlineRefs: false,
    messages: false,
    code: { source: true, esm: true, lines: true },
  });
  for (const { schema, file, name } of versions) {
    const own = copySchema(schema);
    walkSchema(own, (part) => shareSelector(ajv, part, file));
    ajv.addSchema({ ...checkable(own, file), $id: name });
  }
  const code = standalone(ajv, Object.fromEntries(versions.map(({ name }) => [exportName(name), name])));
  return format(withoutRequire(condensed(code)), { parser: "babel", printWidth: 110 });
}

/** The declarations of renderValidators' module. */
export function renderValidatorTypes(versions) {
  return `/** One broken demand of a schema: where (a JSON pointer), which keyword, and what it asked for. */
export interface RawSchemaError {
  readonly instancePath: string;
  readonly keyword: ${KEYWORDS.map((keyword) => JSON.stringify(keyword)).join(" | ")};
  readonly params: Readonly<Record<string, unknown>>;
}

/** Says whether a value fits the schema; \`errors\` belongs to the latest call. */
export interface RawValidator {
  (value: unknown): boolean;
  readonly errors?: readonly RawSchemaError[] | null;
}

${versions.map(({ name }) => `export declare const ${exportName(name)}: RawValidator;`).join("\n")}
`;
}

/** IpAddressPool → ipAddressPool */
function exportName(name) {
  return name[0].toLowerCase() + name.slice(1);
}

function shareSelector(ajv, schema, origin) {
  if (!isLabelSelector(schema)) return;
  const selector = { ...checkable(schema, origin), $id: SELECTOR };
  const shared = ajv.getSchema(SELECTOR)?.schema;
  if (!shared) ajv.addSchema(selector);
  else if (!isDeepStrictEqual(selector, shared))
    throw new Error(`${origin}: a label selector unlike all others`);
  for (const key of Object.keys(schema)) delete schema[key];
  schema.$ref = SELECTOR;
}

/** A copy with nothing in it but what is checked. */
function checkable(schema, origin) {
  const copy = copySchema(schema);
  walkSchema(copy, (part) => {
    applyFormat(part, origin);
    for (const keyword of Object.keys(part)) {
      if (SILENT.includes(keyword)) delete part[keyword];
      else if (keyword !== "$ref" && !SHAPE.includes(keyword) && !KEYWORDS.includes(keyword))
        throw new Error(`${origin}: no validator can be generated for the keyword ${keyword}`);
    }
  });
  return copy;
}

/** Says a format in terms of other keywords, so that no table of formats is needed at run time. */
function applyFormat(schema, origin) {
  const { format } = schema;
  delete schema.format;
  if (format === "int32") {
    schema.minimum = Math.max(schema.minimum ?? -(2 ** 31), -(2 ** 31));
    schema.maximum = Math.min(schema.maximum ?? 2 ** 31 - 1, 2 ** 31 - 1);
  } else if (format === "date-time") {
    schema.pattern = DATE_TIME;
  } else if (format !== undefined && format !== "int64") {
    // int64 asks nothing more of a number that came out of JSON.parse.
    throw new Error(`${origin}: no validator can be generated for the format ${format}`);
  }
}

// What ajv writes is made for speed and for every feature; these parts of it are never read here.
const PUSH = /if\(vErrors === null\)\{\s*vErrors = \[(err\d+)\];\s*\}\s*else \{\s*vErrors\.push\(\1\);\s*\}/g;
const SCHEMA_PATH = /,schemaPath:"[^"]*"/g;
const SOURCE_URL = /\/\*# sourceURL="[^"]*" \*\/;/g;
const SCHEMA = /^const (schema\d+) = (.*);$/gm;
const ALLOWED_VALUES = /allowedValues: (schema\d+)([.\w[\]]*)/g;

function condensed(code) {
  const schemas = new Map([...code.matchAll(SCHEMA)].map(([, name, json]) => [name, JSON.parse(json)]));
  return code
    .replace(PUSH, "(vErrors ??= []).push($1);")
    .replace(SCHEMA_PATH, "")
    .replace(SOURCE_URL, "")
    .replace(SCHEMA, "")
    .replace(
      ALLOWED_VALUES,
      (_, name, path) => `allowedValues: ${JSON.stringify(valueAt(schemas.get(name), path))}`,
    );
}

/** `path` as JavaScript writes it: .properties.spec.enum */
function valueAt(value, path) {
  return [...path.matchAll(/\w+/g)].reduce((inner, [key]) => inner[key], value);
}

function withoutRequire(code) {
  const result = code.replace(AJV_LENGTH, LENGTH).replace('"use strict";', "");
  const left = /require\([^)]*\)|\bschema\d+\b/.exec(result);
  if (left) throw new Error(`the generated validators would need ${left[0]} at run time`);
  return result;
}
