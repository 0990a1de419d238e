import { type ConsequenceKind } from "./consequence.ts";
import {
  type InterruptedService,
  type PlannedPool,
  type PlannedService,
  type PlanReport,
  type RefusedPool,
} from "./plan-report.ts";

export interface PrintOptions {
  /** Those who keep or get nothing new are listed too, and not only counted. */
  readonly wide: boolean;
}

const none = "-";

/** The plan as a text for a terminal: a table per kind of consequence, and the counts in the last line. */
export function printPlan(report: PlanReport, { wide }: PrintOptions): string {
  const of = (kind: ConsequenceKind): readonly PlannedService[] =>
    report.services.filter(({ consequence }) => consequence === kind);
  const sections = [
    poolTable(report.pools),
    ...report.refused.map(refusal),
    changeTable("LOSE an address and get none in its place", of("loses")),
    changeTable("MOVE to another address", of("moves")),
    interruptedTable(report.interrupted),
    holdingTable("GAIN an address", of("gains")),
    holdingTable("KEEP for now, in no pool in force", of("keeps").filter(isHomeless)),
    holdingTable("KEEP their addresses, from another pool", wide ? [] : of("keeps").filter(isRehomed)),
    holdingTable("KEEP their addresses", wide ? of("keeps").filter((one) => !isHomeless(one)) : []),
    holdingTable("WAIT for an address as before", wide ? of("waits") : []),
    remarks(report),
    `${countLine(report)}\n`,
  ];
  return sections.filter((section) => section !== "").join("\n");
}

function poolTable(pools: readonly PlannedPool[]): string {
  if (pools.length === 0) return "The edit changes no pool.\n";
  const rows = pools.map(({ name, change, before, after }) => [name, change, list(before), list(after)]);
  return table("POOLS", ["POOL", "CHANGE", "IN FORCE NOW", "IN FORCE AFTER"], rows);
}

function refusal({ name, isGiven, faults, inForce }: RefusedPool): string {
  const when = isGiven ? "would be refused" : "is refused in the cluster already";
  const said = faults.map(({ path, message }) => `  ${path}: ${message}\n`).join("");
  const stays =
    inForce.length === 0
      ? "nothing of it is in force"
      : `its last good form stays in force: ${inForce.join(", ")}`;
  return `IPAddressPool ${name} ${when}; ${stays}\n${said}`;
}

function changeTable(title: string, services: readonly PlannedService[]): string {
  const rows = services.map(({ service, before, after, changes, ...rest }) => [
    service,
    list(changes.map(({ from }) => from)),
    list(after.filter((address) => !before.includes(address))),
    list(after.filter((address) => before.includes(address))),
    why(rest),
  ]);
  return table(title, ["SERVICE", "FROM", "TO", "KEEPS", "WHY"], rows);
}

function holdingTable(title: string, services: readonly PlannedService[]): string {
  const rows = services.map(({ service, after, poolAfter, ...rest }) => [
    service,
    list(after),
    poolAfter ?? none,
    why(rest),
  ]);
  return table(title, ["SERVICE", "AFTER", "POOL", "WHY"], rows);
}

function interruptedTable(services: readonly InterruptedService[]): string {
  const rows = services.map(({ service, addresses, after, pool }) => [
    service,
    list(addresses),
    list(after),
    `the write of pool ${pool} takes it away before the others follow`,
  ]);
  const title = "INTERRUPTED when the objects are written one by one, in this order";
  return table(title, ["SERVICE", "LOSES", "AFTER", "WHY"], rows);
}

function remarks({ ignored, notes, services }: PlanReport): string {
  const pending = services.filter(({ isPending }) => isPending).length;
  const lines = notes.map((note) => `Note: ${note}${note.endsWith("?") ? "" : "."}`);
  if (pending > 0) {
    const change = pending === 1 ? "changes" : "change";
    lines.push(
      `Note: ${pending} of these ${change} without the edit too (marked *): no operator has brought the cluster to rest.`,
    );
  }
  if (ignored.length > 0) lines.push(`Ignored, only IPAddressPools are played: ${ignored.join(", ")}.`);
  return lines.map((line) => `${line}\n`).join("");
}

function countLine({ counts }: PlanReport): string {
  const { loses, moves, gains, keeps, waits } = counts;
  return `lose ${loses}, move ${moves}, gain ${gains}, keep ${keeps}, wait ${waits}`;
}

function isRehomed({ poolBefore, poolAfter }: PlannedService): boolean {
  return poolAfter !== undefined && poolBefore !== poolAfter;
}

/** A refused pool may contain what it has: that stays until the pool is in force again, or gone. */
function isHomeless({ poolAfter }: PlannedService): boolean {
  return poolAfter === undefined;
}

function why({ reason, isPending }: Pick<PlannedService, "reason" | "isPending">): string {
  return isPending ? `* ${reason}` : reason;
}

function list(texts: readonly string[]): string {
  return texts.length === 0 ? none : texts.join(", ");
}

/** Columns as wide as their widest cell; the last one is not padded. Nothing at all when there are no rows. */
function table(title: string, head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    lines.reduce((widest, line) => Math.max(widest, (line[column] ?? "").length), 0),
  );
  const printed = lines.map((line) =>
    line
      .map((cell, column) => (column === head.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  "),
  );
  return `${title}\n${printed.map((line) => `  ${line}\n`).join("")}`;
}
