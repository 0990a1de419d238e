import { type FieldError } from "../../http/api-error.ts";
import { invalidValue } from "../../http/field-errors.ts";
import { arrayAt, isObject, type JsonObject, type KubeObject, objectAt, stringAt } from "../../json.ts";
import { nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { open, struct } from "../../schema/shapes.ts";
import { definitionFromCrd } from "../custom-resource.ts";
import { type ResourceDefinition } from "../definition.ts";
import { coreKind } from "./core-kind.ts";

/** apiextensions.k8s.io/v1 CustomResourceDefinition: established at once, since there is nobody else to ask. */
export const customResourceDefinitionKind: ResourceDefinition = coreKind({
  group: "apiextensions.k8s.io",
  plural: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  namespaced: false,
  schema: struct({ spec: open, status: open }),
  columns: [nameColumn, column("Created At", (crd) => stringAt(crd, "metadata", "creationTimestamp") ?? "")],
  strategy: {
    prepareCreate: withDefaultNames,
    prepareUpdate: withDefaultNames,
    validate,
    countsGenerations: true,
  },
});

function withDefaultNames(crd: KubeObject): KubeObject {
  const spec = objectAt(crd, "spec");
  const names = objectAt(spec, "names");
  const kind = stringAt(names, "kind") ?? "";
  const filled = { listKind: `${kind}List`, singular: kind.toLowerCase(), ...names };
  const full: KubeObject = { ...crd, spec: { conversion: { strategy: "None" }, ...spec, names: filled } };
  return { ...full, status: established(full, filled) };
}

function established(crd: KubeObject, acceptedNames: JsonObject): JsonObject {
  const at = crd.metadata.creationTimestamp ?? "";
  const yes = { status: "True", lastTransitionTime: at };
  const versions = arrayAt(crd, "spec", "versions").filter(isObject);
  return {
    acceptedNames,
    conditions: [
      { type: "NamesAccepted", reason: "NoConflicts", message: "no conflicts found", ...yes },
      {
        type: "Established",
        reason: "InitialNamesAccepted",
        message: "the initial names have been accepted",
        ...yes,
      },
    ],
    storedVersions: versions
      .filter((version) => version["storage"] === true)
      .map((version) => version["name"] ?? ""),
  };
}

function validate(crd: KubeObject): readonly FieldError[] {
  const expected = `${stringAt(crd, "spec", "names", "plural") ?? ""}.${stringAt(crd, "spec", "group") ?? ""}`;
  const errors =
    crd.metadata.name === expected
      ? []
      : [invalidValue("metadata.name", crd.metadata.name, `must be ${expected}`)];
  try {
    definitionFromCrd(crd);
    return errors;
  } catch (cause) {
    return [...errors, invalidValue("spec.versions", null, String(cause))];
  }
}
