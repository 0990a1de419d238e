import { type JsonObject, type KubeObject, without } from "../json.ts";
import { partialObject, tableOf, type IncludedObject } from "../printers/table.ts";
import { apiVersionOf } from "../resources/definition.ts";
import { type Target } from "../write/write-context.ts";
import { type View } from "./negotiate.ts";

/** How objects are shown to one client. */
export interface Presentation {
  readonly view: View;
  readonly include: IncludedObject;
  readonly nowMillis: number;
}

export function presentObject(target: Target, object: KubeObject, how: Presentation): JsonObject {
  switch (how.view) {
    case "json":
      return object;
    case "partial":
      return partialObject(object);
    case "table": {
      const meta = { resourceVersion: object.metadata.resourceVersion };
      return tableOf([object], target.version.columns, meta, { ...how, withColumns: true });
    }
  }
}

export function presentList(
  target: Target,
  objects: readonly KubeObject[],
  meta: JsonObject,
  how: Presentation,
): JsonObject {
  switch (how.view) {
    case "json":
      return {
        kind: target.definition.listKind,
        apiVersion: apiVersionOf(target.definition.group, target.version.name),
        // Lists of custom resources name the token even when there is none.
        metadata: target.definition.custom ? { continue: "", ...meta } : meta,
        items: target.definition.custom ? objects : objects.map(asListItem),
      };
    case "partial": {
      const items = objects.map(partialObject);
      return { kind: "PartialObjectMetadataList", apiVersion: "meta.k8s.io/v1", metadata: meta, items };
    }
    case "table":
      return tableOf(objects, target.version.columns, meta, { ...how, withColumns: true });
  }
}

/** The object of one watch event; only the first Table of a watch carries its columns. */
export function presentEvent(
  target: Target,
  object: KubeObject,
  how: Presentation,
  isFirst: boolean,
): JsonObject {
  if (how.view !== "table") return presentObject(target, object, how);
  const meta = { resourceVersion: object.metadata.resourceVersion };
  return tableOf([object], target.version.columns, meta, { ...how, withColumns: isFirst });
}

/** A typed list says its kind once: its items do not repeat it, as those of custom resources do. */
function asListItem(object: KubeObject): JsonObject {
  return without(object, "apiVersion", "kind");
}
