import { compareTexts, isJsonObject, type JsonObject } from "../foundation/index.ts";
import { type ObjectMeta } from "./object-meta.ts";
import { isText } from "./projection.ts";

/** On the ConfigurationState of an agent, `speaker-<node>`: what its segment says otherwise than it should, as JSON. */
export const SEGMENT_ANNOTATION = "steelyard.io/segment";

/** What an agent found when it asked the segment for an address that another node owns, and was not as it should be. */
export const segmentVerdicts = ["NobodyAnswers", "TwoAnswer", "ForeignHost"] as const;
export type SegmentVerdict = (typeof segmentVerdicts)[number];

/** Somebody else's claim of an address. */
export interface ForeignClaim {
  /** Of whoever answers, in the form `aa:bb:cc:dd:ee:ff`. */
  readonly mac: string;
  /** RFC 3339; when it was first seen. */
  readonly since?: string;
}

export interface SegmentCheck {
  readonly verdict: SegmentVerdict;
  /** Of those who answered. */
  readonly macs: readonly string[];
}

/**
 * What one agent sees of the segment, by address, and only what is not normal: most agents have nothing to report. The
 * agents write it, the operator reads it.
 */
export interface SegmentReport {
  /** Held by somebody who is none of us: not announced, and not to be given out, for as long as it stands here. */
  readonly held: Readonly<Record<string, ForeignClaim>>;
  /** Defended against somebody while it was announced. */
  readonly defended: Readonly<Record<string, ForeignClaim>>;
  readonly checks: Readonly<Record<string, SegmentCheck>>;
  /** Announced although a rule excludes every node that may, because nobody else is left. */
  readonly suspended: readonly string[];
  /** Owned, and not announced for want of an interface: why, as the end of a sentence that begins with the node. */
  readonly unannounceable: Readonly<Record<string, string>>;
}

export const emptySegmentReport: SegmentReport = {
  held: {},
  defended: {},
  checks: {},
  suspended: [],
  unannounceable: {},
};

/**
 * The API server refuses a condition of more than 32 768 characters, and with it the whole status of the Service: what
 * somebody writes into an annotation must not cost an address.
 */
const longestSentence = 300;
const mostMacs = 8;
const macForm = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/**
 * Of each kind. All annotations of an object together may take 256 KiB, and one that is refused says nothing at all; where
 * more is wrong the first ones tell what it is.
 */
const mostEntries = 300;

/** The value of the annotation, equal for equal reports; undefined = there is nothing to report, and no annotation. */
export function formatSegmentReport(report: SegmentReport): string | undefined {
  const { suspended } = report;
  const parts = Object.entries({
    held: sorted(report.held),
    defended: sorted(report.defended),
    checks: sorted(report.checks),
    suspended: suspended.length === 0 ? undefined : [...suspended].sort(compareTexts).slice(0, mostEntries),
    unannounceable: sorted(shortened(report.unannounceable)),
  }).filter(([, part]) => part !== undefined);
  return parts.length === 0 ? undefined : JSON.stringify(Object.fromEntries(parts));
}

/** What cannot be read counts as not said: an agent may be newer, and somebody may have edited the annotation. */
export function readSegmentReport({ annotations }: Pick<ObjectMeta, "annotations">): SegmentReport {
  const text = annotations?.[SEGMENT_ANNOTATION];
  const raw = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(raw)) return emptySegmentReport;
  return {
    held: readRecord(raw["held"], readClaim),
    defended: readRecord(raw["defended"], readClaim),
    checks: readRecord(raw["checks"], readCheck),
    suspended: readTexts(raw["suspended"]),
    unannounceable: readRecord(raw["unannounceable"], readSentence),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readClaim(raw: unknown): ForeignClaim | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { mac, since } = raw as { readonly mac?: unknown; readonly since?: unknown };
  return isMac(mac) ? { mac, ...(isText(since) && { since }) } : undefined;
}

function isMac(value: unknown): value is string {
  return isText(value) && macForm.test(value);
}

function readSentence(raw: unknown): string | undefined {
  return isText(raw) ? raw.slice(0, longestSentence) : undefined;
}

function readCheck(raw: unknown): SegmentCheck | undefined {
  if (!isJsonObject(raw)) return undefined;
  const verdict = segmentVerdicts.find((one) => one === raw["verdict"]);
  return verdict && { verdict, macs: readTexts(raw["macs"]).filter(isMac).slice(0, mostMacs) };
}

function readTexts(raw: unknown): readonly string[] {
  return Array.isArray(raw) ? raw.filter(isText) : [];
}

function readRecord<T>(raw: unknown, read: (value: unknown) => T | undefined): Readonly<Record<string, T>> {
  const record: JsonObject = isJsonObject(raw) ? raw : {};
  const entries = Object.entries(record).map(([key, value]) => [key, read(value)] as const);
  return Object.fromEntries(entries.filter((entry): entry is [string, T] => entry[1] !== undefined));
}

function sorted<T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> | undefined {
  const entries = Object.entries(record);
  return entries.length === 0
    ? undefined
    : Object.fromEntries(entries.sort(([a], [b]) => compareTexts(a, b)).slice(0, mostEntries));
}

function shortened(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(record).map(([key, text]) => [key, text.slice(0, longestSentence)]),
  );
}
