import { isObject, type Json, type JsonObject, type KubeObject } from "../json.ts";
import { type Fields, type FieldSet } from "./field-set.ts";

/** metav1.ManagedFieldsEntry: what one manager owns through one operation. */
export interface ManagedFieldsEntry extends JsonObject {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType: "FieldsV1";
  readonly fieldsV1: FieldSet;
  readonly subresource?: string;
}

export type ManagedFields = readonly ManagedFieldsEntry[];

/** Who writes, and through which door. */
export interface Writer {
  readonly manager: string;
  readonly operation: ManagedFieldsEntry["operation"];
  readonly apiVersion: string;
  readonly subresource: string | undefined;
}

/**
 * The managers an update starts from: those that the client sends along, or else, and always for a subresource, those of
 * the live object. An empty list, or one with an empty entry, asks to forget them all.
 */
export function managedBefore(
  live: KubeObject,
  next: KubeObject,
  subresource: string | undefined,
): ManagedFields {
  const sent = next.metadata["managedFields"];
  if (subresource === undefined && Array.isArray(sent)) {
    if (isReset(sent)) return [];
    if (sent.every(isEntry)) return sent;
  }
  return managedOf(live);
}

export function managedOf(object: KubeObject): ManagedFields {
  const found = object.metadata["managedFields"];
  return Array.isArray(found) && found.every(isEntry) ? found : [];
}

function isReset(entries: readonly Json[]): boolean {
  const [first] = entries;
  return first === undefined || (entries.length === 1 && isObject(first) && Object.keys(first).length === 0);
}

function isEntry(entry: unknown): entry is ManagedFieldsEntry {
  return isObject(entry) && typeof entry["apiVersion"] === "string" && isObject(entry["fieldsV1"]);
}

/** An applier keeps its entry from version to version; an updater has one for each version it writes in. */
export function isOf(writer: Writer): (entry: ManagedFieldsEntry) => boolean {
  return (entry) =>
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource &&
    (writer.operation === "Apply" || entry.apiVersion === writer.apiVersion);
}

/** The entry with other fields; undefined when it owns nothing any more. */
export function withFields(entry: ManagedFieldsEntry, fieldsV1: Fields): ManagedFieldsEntry | undefined {
  if (fieldsV1 === undefined || Object.keys(fieldsV1).length === 0) return undefined;
  return fieldsV1 === entry.fieldsV1 ? entry : { ...entry, fieldsV1 };
}

export function newEntry(writer: Writer, fieldsV1: FieldSet, time: string | undefined): ManagedFieldsEntry {
  const { manager, operation, apiVersion, subresource } = writer;
  return {
    manager,
    operation,
    apiVersion,
    ...(time === undefined ? {} : { time }),
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(subresource === undefined ? {} : { subresource }),
  };
}

/** In the API server's order: appliers first, then by time, name, version and subresource. */
export function sorted(entries: ManagedFields): ManagedFields {
  const key = ({ operation, time = "", manager, apiVersion, subresource = "" }: ManagedFieldsEntry): string =>
    [operation, time, manager, apiVersion, subresource].join("\0");
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Whether the two lists differ in nothing but times. */
export function sameEntries(a: ManagedFields, b: ManagedFields): boolean {
  return a === b || (a.length === b.length && timeless(a) === timeless(b));
}

function timeless(entries: ManagedFields): string {
  return JSON.stringify(entries.map((entry) => JSON.stringify({ ...entry, time: undefined })).sort());
}
