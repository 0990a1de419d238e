import { isJsonObject, type JsonObject } from "../foundation/index.ts";
import { isOurAnnotation } from "./annotations.ts";
import { type Condition, type ConditionStatus } from "./conditions.ts";
import { type ObjectMeta } from "./object-meta.ts";

// A projection copies what we read of an object into a new, small one, so that the rest can be collected: half of the
// memory of a large cluster is managedFields and pod templates (reference operator.md, section 2). Fields of the wrong
// type count as absent. The API server never sends such a field; a proxy or a newer version of the API might.

/** The object itself, or an empty one in place of anything else. */
export function objectOr(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf<T>(value: unknown, project: (item: unknown) => T): readonly T[] {
  return Array.isArray(value) ? value.map(project) : [];
}

export function textOrUndefined(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

const longestMemory = 1_000;
const commonTexts = new Map<string, string>();

/**
 * The same text, once in memory for all objects that say it: of what ten thousand Services hold, such words were a tenth.
 * For fields of few values only, such as types and reasons.
 */
export function commonText(text: string): string {
  const known = commonTexts.get(text);
  if (known !== undefined) return known;
  if (commonTexts.size >= longestMemory) commonTexts.clear();
  commonTexts.set(text, text);
  return text;
}

/** Spread into an object literal: the field when it has a value, otherwise no field at all. */
export function field<K extends string, T>(key: K, value: T | undefined): { readonly [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: T };
}

export function textField<K extends string>(key: K, raw: JsonObject): { readonly [P in K]?: string } {
  return field(key, textOrUndefined(raw[key]));
}

/** A text field of few values. */
export function wordField<K extends string>(key: K, raw: JsonObject): { readonly [P in K]?: string } {
  const text = textOrUndefined(raw[key]);
  return field(key, text === undefined ? undefined : commonText(text));
}

export function numberField<K extends string>(key: K, raw: JsonObject): { readonly [P in K]?: number } {
  const value = raw[key];
  return field(key, typeof value === "number" ? value : undefined);
}

export function booleanField<K extends string>(key: K, raw: JsonObject): { readonly [P in K]?: boolean } {
  const value = raw[key];
  return field(key, typeof value === "boolean" ? value : undefined);
}

/** Which labels and annotations a projection keeps. */
interface MetadataFilter {
  readonly label?: (name: string) => boolean;
  readonly annotation?: (name: string) => boolean;
}

/** Metadata with all labels and our annotations, unless told otherwise. An object without a name gets the name "". */
export function projectMetadata(raw: unknown, keep: MetadataFilter = {}): ObjectMeta {
  const metadata = objectOr(objectOr(raw)["metadata"]);
  return {
    name: textOrUndefined(metadata["name"]) ?? "",
    ...wordField("namespace", metadata),
    ...textField("uid", metadata),
    ...textField("resourceVersion", metadata),
    ...numberField("generation", metadata),
    ...wordField("creationTimestamp", metadata),
    ...textField("deletionTimestamp", metadata),
    ...field("labels", projectTexts(metadata["labels"], keep.label)),
    ...field("annotations", projectTexts(metadata["annotations"], keep.annotation ?? isOurAnnotation)),
  };
}

/** A map of texts; undefined when nothing is left of it. */
export function projectTexts(
  raw: unknown,
  keep: (name: string) => boolean = () => true,
): Readonly<Record<string, string>> | undefined {
  const entries = Object.entries(objectOr(raw)).filter((entry): entry is [string, string] => {
    return keep(entry[0]) && typeof entry[1] === "string";
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

export function projectCondition(raw: unknown): Condition {
  const condition = objectOr(raw);
  return {
    type: commonText(textOrUndefined(condition["type"]) ?? ""),
    status: projectStatus(condition["status"]),
    ...numberField("observedGeneration", condition),
    lastTransitionTime: commonText(textOrUndefined(condition["lastTransitionTime"]) ?? ""),
    reason: commonText(textOrUndefined(condition["reason"]) ?? ""),
    message: textOrUndefined(condition["message"]) ?? "",
  };
}

export function projectStatus(raw: unknown): ConditionStatus {
  return raw === "True" || raw === "False" ? raw : "Unknown";
}
