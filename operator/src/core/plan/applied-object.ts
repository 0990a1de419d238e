import { isJsonObject, type JsonObject } from "@steelyard/model/foundation";

/** Where kubectl notes what it applied last, so that it can tell a field that was dropped from one that is not its own. */
const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What `kubectl apply` makes of an object: a three-way merge of what was applied last, what is given and what is live.
 * Objects are merged, lists are replaced whole, and a field goes when it was applied before and is not given any more;
 * a field that somebody else has set stays. So it is for custom resources, of which kubectl knows no schema.
 */
export function appliedObject(live: JsonObject | undefined, given: JsonObject): JsonObject {
  const content = withoutStatus(given);
  const merged = live === undefined ? content : merge(lastApplied(live), content, live);
  return withLastApplied(isJsonObject(merged) ? merged : content, content);
}

/** The status is a subresource of every kind here: the API server drops it from such a write, and never looks at it. */
export function withoutStatus(given: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(given).filter(([field]) => field !== "status"));
}

function merge(before: unknown, given: unknown, live: unknown): unknown {
  if (!isJsonObject(given)) return given;
  const result: Record<string, unknown> = isJsonObject(live) ? { ...live } : {};
  for (const key of isJsonObject(before) ? Object.keys(before) : []) if (!(key in given)) delete result[key];
  for (const [key, value] of Object.entries(given)) {
    if (value === null) delete result[key];
    else result[key] = merge(isJsonObject(before) ? before[key] : undefined, value, result[key]);
  }
  return result;
}

/** Undefined when it was made otherwise, or the note cannot be read: then no field of it is ours to take away. */
function lastApplied(live: JsonObject): unknown {
  const { annotations } = metadataOf(live);
  const note = isJsonObject(annotations) ? annotations[lastAppliedAnnotation] : undefined;
  if (typeof note !== "string") return undefined;
  try {
    return JSON.parse(note);
  } catch {
    return undefined;
  }
}

function withLastApplied(object: JsonObject, applied: JsonObject): JsonObject {
  const metadata = metadataOf(object);
  const annotations = isJsonObject(metadata["annotations"]) ? metadata["annotations"] : {};
  const noted = { ...annotations, [lastAppliedAnnotation]: JSON.stringify(applied) };
  return { ...object, metadata: { ...metadata, annotations: noted } };
}

/** An empty object in place of metadata that are none. */
export function metadataOf(object: JsonObject): JsonObject {
  return isJsonObject(object["metadata"]) ? object["metadata"] : {};
}
