import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { repositoryPath } from "./repository.ts";

/** The parts of an openAPIV3Schema that occur in crds/*.yaml. */
export interface CrdSchema {
  type?: string;
  description?: string;
  properties?: Record<string, CrdSchema>;
  items?: CrdSchema;
  additionalProperties?: CrdSchema;
  required?: string[];
  "x-kubernetes-validations"?: { rule: string; message: string }[];
}

export interface CrdVersion {
  name: string;
  storage: boolean;
  schema: { openAPIV3Schema: CrdSchema };
}

export interface CustomResourceDefinition {
  metadata: { name: string };
  spec: {
    group: string;
    names: { kind: string; plural: string };
    conversion?: { strategy: string };
    versions: CrdVersion[];
  };
}

/** Our nine, from crds/*.yaml, sorted by file; each a tree of its own, which a test may change. */
export function ourDefinitions(): CustomResourceDefinition[] {
  const directory = repositoryPath("crds");
  return readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .map((file) => asTree(parse(readFileSync(join(directory, file), "utf8"))));
}

/** Those of MetalLB 0.16.2, sorted by name and without descriptions. */
export function metallbDefinitions(): CustomResourceDefinition[] {
  const text = readFileSync(new URL("./metallb-0.16.2-schemas.yaml", import.meta.url), "utf8");
  return parseAllDocuments(text).map((document) => document.toJS() as CustomResourceDefinition);
}

/** Calls `visit` for a schema and all schemas inside it, with the path from the top: `spec.addresses[]`. */
export function walkSchema(
  schema: CrdSchema,
  visit: (schema: CrdSchema, path: readonly string[]) => void,
  path: readonly string[] = [],
): void {
  visit(schema, path);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    walkSchema(property, visit, [...path, name]);
  if (schema.items) walkSchema(schema.items, visit, [...path, "[]"]);
  if (schema.additionalProperties) walkSchema(schema.additionalProperties, visit, [...path, "*"]);
}

/** YAML aliases are one object in several places; a change in one place must not show in another. */
function asTree(definition: unknown): CustomResourceDefinition {
  return JSON.parse(JSON.stringify(definition)) as CustomResourceDefinition;
}
