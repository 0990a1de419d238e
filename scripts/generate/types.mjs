// TypeScript types of the custom resources: per kind one for what the API server stores and one for what it accepts.

import { compile } from "json-schema-to-typescript";
import { format } from "prettier";
import ts from "typescript";
import { copySchema, isLabelSelector, walkSchema } from "./custom-resources.mjs";

const COLUMNS = 100;

const HEAD = `// A field that has a default in the schema is always present in what the API server stores and optional in what it
// accepts: hence two types per kind, …Resource and …Input. They are one where no field has a default.

import { type ObjectMeta, type ObjectMetaInput } from "../object-meta.ts";
`;

/** @param {import("./custom-resources.mjs").ResourceVersion[]} versions @returns {Promise<string>} */
export async function renderTypes(versions) {
  const selector = await renderLabelSelector(versions);
  const kinds = await Promise.all(versions.map(renderKind));
  const text = withShortComments(withReadonly([HEAD, selector, ...kinds].join("\n")));
  return format(text, { parser: "typescript", printWidth: 110 });
}

async function renderKind(version) {
  const { name } = version;
  const stored = await declaration(version, `${name}Resource`, "ObjectMeta", true);
  return `${stored}\n${await renderInput(version)}`;
}

function renderInput(version) {
  const { name } = version;
  if (hasDefaults(version.schema)) return declaration(version, `${name}Input`, "ObjectMetaInput", false);
  const base = `Omit<${name}Resource, "metadata">`;
  return `/** ${name}Resource as it is created. */\nexport type ${name}Input = ${base} & { metadata: ObjectMetaInput };\n`;
}

async function declaration(version, typeName, metadataType, stored) {
  const schema = copySchema(version.schema);
  schema.properties.metadata = { tsType: metadataType };
  walkSchema(schema, (part) => prepare(part, stored));
  if (!stored)
    schema.description = `${version.name}Resource as it is created: fields with a default may be left out.`;
  return compileSchema(schema, typeName);
}

async function renderLabelSelector(versions) {
  let found;
  for (const { schema } of versions) walkSchema(schema, (part) => isLabelSelector(part) && (found ??= part));
  if (!found) throw new Error("no schema in crds/ uses a label selector");
  const schema = copySchema(found);
  walkSchema(schema, (part) => {
    delete part.items?.description;
    wrapDescription(part);
  });
  return compileSchema(schema, "RawLabelSelector");
}

/** Rewrites one schema into what the generator of types understands. */
function prepare(schema, stored) {
  // What the list says is enough in a type; and what the stored form explains need not be said again for the input.
  delete schema.items?.description;
  if (stored) wrapDescription(schema);
  else delete schema.description;
  if (isLabelSelector(schema)) {
    for (const key of Object.keys(schema)) delete schema[key];
    schema.tsType = "RawLabelSelector";
  } else if (schema.type === "object" && !schema.properties && !schema.additionalProperties) {
    schema.tsType = "Record<string, never>";
  }
  if (stored) requireDefaulted(schema);
}

function requireDefaulted(schema) {
  const defaulted = Object.entries(schema.properties ?? {}).filter(([, property]) => "default" in property);
  if (defaulted.length > 0)
    schema.required = [...(schema.required ?? []), ...defaulted.map(([name]) => name)];
}

function hasDefaults(schema) {
  let found = false;
  walkSchema(schema, (part) => (found ||= "default" in part));
  return found;
}

function wrapDescription(schema) {
  if (schema.description === undefined) return;
  const lines = [];
  for (const word of schema.description.split(/\s+/)) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= COLUMNS)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  schema.description = lines.join("\n");
}

function compileSchema(schema, name) {
  return compile(schema, name, {
    additionalProperties: false,
    bannerComment: "",
    format: false,
    ignoreMinAndMaxItems: true,
  });
}

/** Makes every property, index signature and list of the declarations read-only; the generator has no option for it. */
function withReadonly(text) {
  const source = ts.createSourceFile("types.ts", text, ts.ScriptTarget.ES2023, true);
  const places = [];
  const visit = (node) => {
    const isMember = ts.isPropertySignature(node) || ts.isIndexSignatureDeclaration(node);
    if (isMember || ts.isArrayTypeNode(node)) places.push(node.getStart(source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  let result = text;
  for (const place of places.sort((a, b) => b - a))
    result = `${result.slice(0, place)}readonly ${result.slice(place)}`;
  return result;
}

/** Puts a comment of one line on one line. */
function withShortComments(text) {
  return text.replace(/\/\*\*\n\s*\* (.*)\n\s*\*\//g, "/** $1 */");
}
