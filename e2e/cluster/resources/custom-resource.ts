import { arrayAt, at, isObject, type JsonObject, objectAt, stringAt } from "../json.ts";
import { customColumns } from "../printers/custom-columns.ts";
import { buildCustomValidator } from "../schema/custom-validator.ts";
import { withObjectFields } from "../schema/object-meta.ts";
import { asSchema } from "../schema/schema.ts";
import { customStrategy } from "./custom-strategy.ts";
import { type ResourceDefinition, type ServedVersion } from "./definition.ts";
import { compareVersions } from "./version-priority.ts";

/** The resource that a CustomResourceDefinition (apiextensions.k8s.io/v1) defines. Throws when its schema is unusable. */
export function definitionFromCrd(crd: JsonObject): ResourceDefinition {
  const names = objectAt(crd, "spec", "names");
  const kind = stringAt(names, "kind") ?? "";
  const described = arrayAt(crd, "spec", "versions").filter(isObject);
  const served = described.filter((version) => at(version, "served") === true);
  const hasStatus = described.some((version) => at(version, "subresources", "status") !== undefined);
  const versions = served
    .map((version) => servedVersion(crd, version))
    .sort((a, b) => compareVersions(a.name, b.name));
  return {
    group: stringAt(crd, "spec", "group") ?? "",
    plural: stringAt(names, "plural") ?? "",
    singular: stringAt(names, "singular") ?? kind.toLowerCase(),
    kind,
    listKind: stringAt(names, "listKind") ?? `${kind}List`,
    shortNames: arrayAt(names, "shortNames").map(String),
    categories: arrayAt(names, "categories").map(String),
    namespaced: stringAt(crd, "spec", "scope") === "Namespaced",
    hasStatus,
    custom: true,
    versions,
    storageVersion: storageVersionOf(described),
    selectableFields: ["metadata.name", "metadata.namespace"],
    strategy: customStrategy({
      hasStatus,
      validators: new Map(versions.map((v) => [v.name, buildCustomValidator(v.schema)])),
    }),
  };
}

function storageVersionOf(described: readonly JsonObject[]): string {
  const storage = described.find((version) => at(version, "storage") === true);
  return stringAt(storage, "name") ?? "";
}

function servedVersion(crd: JsonObject, version: JsonObject): ServedVersion {
  const name = stringAt(version, "name") ?? "";
  return {
    name,
    schema: withObjectFields(asSchema(objectAt(version, "schema", "openAPIV3Schema"))),
    columns: customColumns(version),
    deprecation: deprecationOf(crd, version, name),
  };
}

function deprecationOf(crd: JsonObject, version: JsonObject, name: string): string | undefined {
  if (at(version, "deprecated") !== true) return undefined;
  const kind = stringAt(crd, "spec", "names", "kind") ?? "";
  return (
    stringAt(version, "deprecationWarning") ??
    `${stringAt(crd, "spec", "group") ?? ""}/${name} ${kind} is deprecated`
  );
}
