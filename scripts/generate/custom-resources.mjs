// Reads crds/*.yaml, the one source of types, validators and documentation.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/**
 * @typedef {object} ResourceVersion One version of one kind.
 * @property {string} file "ipaddresspools.yaml"
 * @property {string} name The stem of its identifiers: "IpAddressPool", "BgpPeerV1Beta1" when it is not the stored one.
 * @property {object} schema The openAPIV3Schema, in which apiVersion, kind and metadata are required, the first two
 *   with their one possible value.
 */

/** @returns {ResourceVersion[]} sorted by file, versions in the order of the file */
export function readResourceVersions(directory) {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith(".yaml"))
    .sort();
  if (files.length === 0) throw new Error(`no CustomResourceDefinition found in ${directory}`);
  return files.flatMap((file) => versionsOf(file, readFileSync(join(directory, file), "utf8")));
}

function versionsOf(file, text) {
  const { group, names, versions } = parseNamed(file, text).spec;
  return versions.map((version) => ({
    file,
    name: typeName(names.kind) + (version.storage ? "" : capitalisedVersion(version.name)),
    schema: identified(copySchema(version.schema.openAPIV3Schema), `${group}/${version.name}`, names.kind),
  }));
}

function parseNamed(file, text) {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`${file}: ${error.message.trim()}`, { cause: error });
  }
}

/** The API server demands these three of every object by itself, so the schema in the CRD does not. */
function identified(schema, apiVersion, kind) {
  schema.properties.apiVersion.enum = [apiVersion];
  schema.properties.kind.enum = [kind];
  schema.required = ["apiVersion", "kind", "metadata", ...(schema.required ?? [])];
  return schema;
}

/** A copy that the caller may change; a tree even where YAML aliases put one object in several places. */
export function copySchema(schema) {
  return JSON.parse(JSON.stringify(schema));
}

/** Acronyms become words: IPAddressPool → IpAddressPool, ServiceBGPStatus → ServiceBgpStatus. */
function typeName(kind) {
  return kind.replace(/([A-Z])([A-Z]+)(?=[A-Z][a-z])/g, (_, first, rest) => first + rest.toLowerCase());
}

/** v1beta1 → V1Beta1 */
function capitalisedVersion(version) {
  return version.replace(/[a-z]+/g, (word) => word[0].toUpperCase() + word.slice(1));
}

/** Calls `visit` for a schema and every schema inside it, parents first; `visit` may change what it is given. */
export function walkSchema(schema, visit) {
  visit(schema);
  for (const property of Object.values(schema.properties ?? {})) walkSchema(property, visit);
  if (schema.items) walkSchema(schema.items, visit);
  if (typeof schema.additionalProperties === "object") walkSchema(schema.additionalProperties, visit);
}

/** The label selector of `meta/v1`, which occurs in many places; older selectors of other shape are not meant. */
export function isLabelSelector(schema) {
  return schema["x-kubernetes-map-type"] === "atomic" && "matchLabels" in (schema.properties ?? {});
}
