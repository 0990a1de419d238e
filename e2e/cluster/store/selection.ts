import { type KubeObject } from "../json.ts";
import { matchesFields, parseFieldSelector } from "./field-selector.ts";
import { matchesLabels, parseLabelSelector } from "./label-selector.ts";

/** Which objects of a resource a list, watch or deletecollection is about. */
export type Selection = (object: KubeObject) => boolean;

/** Throws ApiError 400 for selectors that do not parse or name a field that is not offered. */
export function selectionOf(
  query: URLSearchParams,
  place: { readonly namespace: string | undefined; readonly selectableFields: readonly string[] },
): Selection {
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", place.selectableFields);
  const { namespace } = place;
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    matchesLabels(labels, object.metadata.labels) &&
    matchesFields(fields, object);
}
