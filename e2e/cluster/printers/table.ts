import { at, type Json, type JsonObject, type KubeObject } from "../json.ts";
import { type CellContext, type Column } from "./column.ts";

export type IncludedObject = "None" | "Metadata" | "Object";

interface TableOptions extends CellContext {
  readonly include: IncludedObject;
  /** A watch describes its columns in its first event only. */
  readonly withColumns: boolean;
}

/** meta.k8s.io/v1 Table: what `kubectl get` asks for and prints. */
export function tableOf(
  objects: readonly KubeObject[],
  columns: readonly Column[],
  listMeta: JsonObject,
  options: TableOptions,
): JsonObject {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata: listMeta,
    columnDefinitions: options.withColumns ? columns.map(definitionOf) : [],
    rows: objects.map((object) => rowOf(object, columns, options)),
  };
}

function definitionOf({ name, type, format = "", description, priority }: Column): JsonObject {
  return { name, type, format, description, priority };
}

function rowOf(object: KubeObject, columns: readonly Column[], options: TableOptions): JsonObject {
  const cells: Json[] = columns.map((column) => column.cell(object, options));
  const shown = includedObject(object, options.include);
  return { cells, ...(shown === undefined ? {} : { object: shown }) };
}

function includedObject(object: KubeObject, include: IncludedObject): JsonObject | undefined {
  switch (include) {
    case "None":
      return undefined;
    case "Object":
      return object;
    case "Metadata":
      return partialObject(object);
  }
}

/** meta.k8s.io/v1 PartialObjectMetadata: the object without all that is its own. */
export function partialObject(object: KubeObject): JsonObject {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: "meta.k8s.io/v1",
    metadata: at(object, "metadata") ?? {},
  };
}
