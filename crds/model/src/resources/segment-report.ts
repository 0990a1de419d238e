import { compareTexts, isJsonObject } from "../foundation/index.ts";
import {
  firstEntries,
  formatReport,
  mapRecord,
  parseJson,
  readRecord,
  readSentence,
  shortSentence,
  sortedRecord,
} from "./annotation-report.ts";
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

const mostMacs = 8;
const macForm = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

/** The value of the annotation, equal for equal reports; undefined = there is nothing to report, and no annotation. */
export function formatSegmentReport(report: SegmentReport): string | undefined {
  const { suspended } = report;
  return formatReport({
    held: sortedRecord(report.held),
    defended: sortedRecord(report.defended),
    checks: sortedRecord(report.checks),
    suspended: suspended.length === 0 ? undefined : firstEntries([...suspended].sort(compareTexts)),
    unannounceable: sortedRecord(mapRecord(report.unannounceable, shortSentence)),
  });
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

function readClaim(raw: unknown): ForeignClaim | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { mac, since } = raw as { readonly mac?: unknown; readonly since?: unknown };
  return isMac(mac) ? { mac, ...(isText(since) && { since }) } : undefined;
}

function isMac(value: unknown): value is string {
  return isText(value) && macForm.test(value);
}

function readCheck(raw: unknown): SegmentCheck | undefined {
  if (!isJsonObject(raw)) return undefined;
  const verdict = segmentVerdicts.find((one) => one === raw["verdict"]);
  return verdict && { verdict, macs: readTexts(raw["macs"]).filter(isMac).slice(0, mostMacs) };
}

function readTexts(raw: unknown): readonly string[] {
  return Array.isArray(raw) ? raw.filter(isText) : [];
}
