import { type Visitor } from "../../topology/visitor.ts";
import { inWords, type VisitReport } from "../../topology/visits.ts";

/** For people who read the run: what a client saw. */
export function tell(what: string): void {
  process.stderr.write(`    ${what}\n`);
}

/** Ends the visits and tells what they saw. */
export async function stopAndTell(
  what: string,
  visitors: readonly Visitor[],
  since?: number,
): Promise<readonly VisitReport[]> {
  const reports = await Promise.all(visitors.map((visitor) => visitor.stop(since)));
  reports.forEach((report, index) => tell(`${what}, ${visitors[index]?.address ?? "?"}: ${inWords(report)}`));
  return reports;
}
