import { type JsonObject, isObject, objectAt, stringAt, without } from "../json.ts";
import { compareObjects } from "./compare.ts";
import { difference, type Fields, union } from "./field-set.ts";
import { fieldSetOf } from "./field-set-of.ts";
import { type Tracking } from "./track-update.ts";

const annotation = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What kubectl wrote by client-side apply and nobody changed since: it may take that over without a conflict when it goes
 * on by server-side apply. For other managers there is nothing of the kind.
 */
export function takenOverFields(live: JsonObject, { writer, schema, typed }: Tracking): Fields {
  if (writer.manager !== "kubectl") return undefined;
  const applied = lastApplied(live);
  if (applied?.["apiVersion"] !== writer.apiVersion) return undefined;
  const { added, modified, removed } = compareObjects(applied, live, schema, typed);
  return difference(fieldSetOf(applied, schema), union(union(added, modified), removed));
}

/** An object that client-side apply has left its note on gets that note from server-side apply too. */
export function withLastApplied(object: JsonObject, config: JsonObject, manager: string): JsonObject {
  if (manager !== "kubectl" || lastApplied(object) === undefined) return object;
  const metadata = objectAt(object, "metadata");
  const annotations = { ...objectAt(metadata, "annotations"), [annotation]: noteOf(config) };
  return { ...object, metadata: { ...metadata, annotations } };
}

function lastApplied(object: JsonObject): JsonObject | undefined {
  try {
    const note: unknown = JSON.parse(stringAt(object, "metadata", "annotations", annotation) ?? "");
    return isObject(note) ? note : undefined;
  } catch {
    return undefined;
  }
}

function noteOf(config: JsonObject): string {
  const metadata = objectAt(config, "metadata");
  const annotations = without(objectAt(metadata, "annotations"), annotation);
  const kept = metadata["annotations"] === undefined ? metadata : { ...metadata, annotations };
  return `${JSON.stringify({ ...config, metadata: kept })}\n`;
}
