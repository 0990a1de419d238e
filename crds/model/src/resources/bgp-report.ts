import { type IpFamily } from "../address/index.ts";
import { isJsonObject } from "../foundation/index.ts";
import {
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

/** On the ConfigurationState of an agent, `speaker-<node>`: which routers it cannot tell everything, as JSON. */
export const BGP_ANNOTATION = "steelyard.io/bgp";

/** A BGPPeer of this node whose session is not established. The state of RFC 4271 is left out: it changes at each attempt. */
export interface BgpPeerDown {
  /** Where the router is, such as `192.0.2.1` or `interface eth1`. */
  readonly router: string;
  /** RFC 3339: since when there has been no session. */
  readonly since?: string;
  /** One sentence; absent = the router has not been reached, and nothing else is known. */
  readonly because?: string;
}

/** A BGPPeer of this node whose session stands, and does not carry every family: why, as the end of a sentence. */
export interface BgpPeerWithheld {
  readonly router: string;
  readonly families: Readonly<Partial<Record<IpFamily, string>>>;
}

/**
 * What one agent says of its routers, by the name of the BGPPeer, and only what is not normal: most agents have nothing
 * to report. The agents write it, the operator reads it.
 */
export interface BgpReport {
  readonly down: Readonly<Record<string, BgpPeerDown>>;
  readonly withheld: Readonly<Record<string, BgpPeerWithheld>>;
}

export const emptyBgpReport: BgpReport = { down: {}, withheld: {} };

/** The value of the annotation, equal for equal reports; undefined = there is nothing to report, and no annotation. */
export function formatBgpReport({ down, withheld }: BgpReport): string | undefined {
  return formatReport({
    down: sortedRecord(mapRecord(down, formatDown)),
    withheld: sortedRecord(mapRecord(withheld, formatWithheld)),
  });
}

/** What cannot be read counts as not said: an agent may be newer, and somebody may have edited the annotation. */
export function readBgpReport({ annotations }: Pick<ObjectMeta, "annotations">): BgpReport {
  const text = annotations?.[BGP_ANNOTATION];
  const raw = text === undefined ? undefined : parseJson(text);
  if (!isJsonObject(raw)) return emptyBgpReport;
  return { down: readRecord(raw["down"], readDown), withheld: readRecord(raw["withheld"], readWithheld) };
}

/** Whether the first of two reports says nothing that the other one does not say as well. */
export function isPartOfBgpReport(part: BgpReport, whole: BgpReport): boolean {
  const isPart = (own: Readonly<Record<string, unknown>>, all: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(own).every(([peer, said]) => JSON.stringify(all[peer]) === JSON.stringify(said));
  return isPart(part.down, whole.down) && isPart(part.withheld, whole.withheld);
}

function formatDown({ router, since, because }: BgpPeerDown): BgpPeerDown {
  return {
    router,
    ...(since !== undefined && { since }),
    ...(because !== undefined && { because: shortSentence(because) }),
  };
}

function formatWithheld({ router, families }: BgpPeerWithheld): BgpPeerWithheld {
  return { router, families: sortedRecord(mapRecord(families, shortSentence)) ?? {} };
}

function readDown(raw: unknown): BgpPeerDown | undefined {
  if (!isJsonObject(raw)) return undefined;
  const router = readSentence(raw["router"]);
  const because = readSentence(raw["because"]);
  const since = raw["since"];
  return router === undefined
    ? undefined
    : { router, ...(isText(since) && { since }), ...(because !== undefined && { because }) };
}

function readWithheld(raw: unknown): BgpPeerWithheld | undefined {
  if (!isJsonObject(raw)) return undefined;
  const router = readSentence(raw["router"]);
  const { IPv4, IPv6 } = readRecord(raw["families"], readSentence);
  if (router === undefined || (IPv4 ?? IPv6) === undefined) return undefined;
  return { router, families: { ...(IPv4 !== undefined && { IPv4 }), ...(IPv6 !== undefined && { IPv6 }) } };
}
