import { type FieldError } from "../../http/api-error.ts";
import { invalidValue } from "../../http/field-errors.ts";
import { type KubeObject, stringAt } from "../../json.ts";
import { ageColumn, nameColumn } from "../../printers/age.ts";
import { column } from "../../printers/column.ts";
import { condition, keyedList, struct, text, texts } from "../../schema/shapes.ts";
import { type ResourceDefinition } from "../definition.ts";
import { decodeCore } from "../plain-strategy.ts";
import { coreKind } from "./core-kind.ts";

export const namespaceKind: ResourceDefinition = coreKind({
  plural: "namespaces",
  kind: "Namespace",
  shortNames: ["ns"],
  namespaced: false,
  schema: struct({
    spec: struct({ finalizers: texts }),
    status: struct({ phase: text, conditions: keyedList(condition, "type") }),
  }),
  selectableFields: ["status.phase"],
  columns: [nameColumn, column("Status", (object) => stringAt(object, "status", "phase") ?? ""), ageColumn],
  strategy: {
    // Here and not only when it is stored, because the label belongs to whoever creates the Namespace.
    decode: (object, version) => named(decodeCore(object, version)),
    prepareCreate: asActiveNamespace,
    prepareUpdate: (next, previous) => ({ ...named(next), spec: previous["spec"] ?? {} }),
    validate: phaseErrors,
    nameRule: "label",
  },
});

/** A new namespace is active, held by the namespace controller, and labelled with its own name for selectors. */
function asActiveNamespace(object: KubeObject): KubeObject {
  return { ...named(object), spec: { finalizers: ["kubernetes"] }, status: { phase: "Active" } };
}

function named(object: KubeObject): KubeObject {
  const { metadata } = object;
  if (metadata.name === undefined) return object;
  const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  return { ...object, metadata: { ...metadata, labels } };
}

function phaseErrors({ metadata, status }: KubeObject): readonly FieldError[] {
  const phase = stringAt(status, "phase");
  const expected = metadata.deletionTimestamp === undefined ? "Active" : "Terminating";
  return phase === expected ? [] : [invalidValue("status.Phase", phase, `may only be '${expected}'`)];
}
