import { compareTexts, isJsonObject, type JsonObject } from "../foundation/index.ts";
import { isText } from "./projection.ts";

// What agents report in annotations, as JSON: they write it, the operator reads it, and each may be newer than the other.

/**
 * The API server refuses a condition of more than 32 768 characters, and with it the whole status of the Service: what
 * somebody writes into an annotation must not cost an address.
 */
const longestSentence = 300;

/**
 * Of each kind. All annotations of an object together may take 256 KiB, and one that is refused says nothing at all; where
 * more is wrong the first ones tell what it is.
 */
const mostEntries = 300;

/** undefined = it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The entries that can be read; what cannot counts as not said. */
export function readRecord<T>(
  raw: unknown,
  read: (value: unknown) => T | undefined,
): Readonly<Record<string, T>> {
  const record: JsonObject = isJsonObject(raw) ? raw : {};
  const entries = Object.entries(record).map(([key, value]) => [key, read(value)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== undefined));
}

export function mapRecord<T, R>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => R,
): Readonly<Record<string, R>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

export function readSentence(raw: unknown): string | undefined {
  return isText(raw) ? shortSentence(raw) : undefined;
}

export function shortSentence(text: string): string {
  return text.slice(0, longestSentence);
}

/** By key, and not too many of them; undefined = there are none, and the annotation does not name the record. */
export function sortedRecord<T>(
  record: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> | undefined {
  const entries = firstEntries(Object.entries(record).sort(([a], [b]) => compareTexts(a, b)));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

export function firstEntries<T>(entries: readonly T[]): readonly T[] {
  return entries.slice(0, mostEntries);
}

/** The text of the annotation, without the parts that are undefined; undefined = there is nothing to report. */
export function formatReport(report: Readonly<Record<string, unknown>>): string | undefined {
  const parts = Object.entries(report).filter(([, part]) => part !== undefined);
  return parts.length === 0 ? undefined : JSON.stringify(Object.fromEntries(parts));
}
