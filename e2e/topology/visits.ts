/** One connection that was tried, with one request on it. */
export interface Visit {
  /** When it began, in milliseconds of the monotonic clock. */
  readonly at: number;
  /** How long it took to its end, whatever that was. */
  readonly millis: number;
  /**
   * `silent`: nothing in 900 ms. `refused`, `unreachable`: no connection. `cut`: a connection that stood, and was broken
   * before the answer had come.
   */
  readonly outcome: "answered" | "silent" | "refused" | "unreachable" | "cut";
  /** The pod that answered. */
  readonly by?: string;
}

/** What a client saw over a time. */
export interface VisitReport {
  readonly visits: number;
  readonly answered: number;
  /** Connections that were never made. */
  readonly lost: number;
  /**
   * Connections that stood in the very moment of a move and were broken: the new owner knows nothing of connections that
   * went through the old one, and no load balancer on layer 2 can carry them over.
   */
  readonly cut: number;
  /** Longest time between the beginnings of two visits that were answered, the ends of the whole time included. */
  readonly longestGapMillis: number;
  readonly slowestMillis: number;
  readonly pods: readonly string[];
}

export function reportOn(visits: readonly Visit[], since = Number.NEGATIVE_INFINITY): VisitReport {
  const counted = visits.filter(({ at }) => at >= since).sort((a, b) => a.at - b.at);
  const answered = counted.filter(({ outcome }) => outcome === "answered");
  const times = [counted[0], ...answered, counted.at(-1)].flatMap((visit) => visit?.at ?? []);
  const gaps = times.map((time, index) => time - (times[index - 1] ?? time));
  const cut = counted.filter(({ outcome }) => outcome === "cut").length;
  return {
    visits: counted.length,
    answered: answered.length,
    lost: counted.length - answered.length - cut,
    cut,
    longestGapMillis: Math.max(0, ...gaps),
    slowestMillis: Math.max(0, ...answered.map(({ millis }) => millis)),
    pods: [...new Set(answered.flatMap(({ by }) => by ?? []))].sort(),
  };
}

/** Connections that were under way when it happened count from this long before. */
const underWayMillis = 20;

/**
 * Milliseconds from an event to the end of the first good connection after those that it cost; 0 when it cost none, and
 * undefined while none has been good again.
 */
export function outageAfter(visits: readonly Visit[], event: number): number | undefined {
  const since = visits.filter(({ at }) => at >= event - underWayMillis).sort((a, b) => a.at - b.at);
  const firstBad = since.find(({ outcome }) => outcome !== "answered");
  if (firstBad === undefined) return 0;
  const good = since.filter(({ at, outcome }) => at > firstBad.at && outcome === "answered");
  if (good.length === 0) return undefined;
  return Math.max(0, Math.min(...good.map(({ at, millis }) => at + millis)) - event);
}

/** One line for people. */
export function inWords(report: VisitReport): string {
  const { visits, lost, cut, longestGapMillis, slowestMillis, pods } = report;
  return (
    `${visits} connections, ${lost} lost, ${cut} cut, longest gap ${longestGapMillis.toFixed(0)} ms, ` +
    `slowest answer ${slowestMillis.toFixed(1)} ms, by ${pods.join(", ") || "nobody"}`
  );
}
