import { compareIpPrefixes } from "@steelyard/model/address";
import { type ClothedTable, type Route } from "./types.ts";

/** What is to do, as indexes into the two tables, ascending. */
export interface Difference {
  /** Into `target`: what the router does not have, or has with another look. */
  readonly announcements: readonly number[];
  /** Into `advertised`: what the router has, and is not to have. */
  readonly withdrawals: readonly number[];
}

/** What a router that has `advertised` needs to be told, to have `target`. */
export function compareTables(target: ClothedTable, advertised: ClothedTable): Difference {
  if (target === advertised) return nothing;
  const announcements: number[] = [];
  const withdrawals: number[] = [];
  walkTables(target.routes, advertised.routes, (wanted, had) => {
    if (wanted === undefined) {
      if (had !== undefined) withdrawals.push(had);
    } else if (had === undefined || !haveSameLook(target, wanted, advertised, had)) {
      announcements.push(wanted);
    }
  });
  return { announcements, withdrawals };
}

const nothing: Difference = { announcements: [], withdrawals: [] };

/**
 * What the router has when a part of a difference has been sent.
 *
 * @param sent by index into `target`: 1 = announced
 * @param gone by index into `advertised`: 1 = withdrawn
 */
export function advance(
  target: ClothedTable,
  advertised: ClothedTable,
  { sent, gone }: { readonly sent: Uint8Array; readonly gone: Uint8Array },
): ClothedTable {
  const routes: Route[] = [];
  const looks: ClothedTable["looks"][number][] = [];
  const take = (table: ClothedTable, index: number): void => {
    const route = table.routes[index];
    if (route === undefined) return;
    routes.push(route);
    looks.push(table.looks[index]);
  };
  walkTables(target.routes, advertised.routes, (wanted, had) => {
    if (wanted !== undefined && sent[wanted] === 1) take(target, wanted);
    else if (had !== undefined && gone[had] !== 1) take(advertised, had);
  });
  return { routes, looks };
}

/** Goes through two sorted tables in step; of a prefix that only one has the other index is undefined. */
export function walkTables(
  left: readonly Route[],
  right: readonly Route[],
  visit: (left: number | undefined, right: number | undefined) => void,
): void {
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    const order = compareRoutes(left[i], right[j]);
    visit(order <= 0 ? i : undefined, order >= 0 ? j : undefined);
    if (order <= 0) i += 1;
    if (order >= 0) j += 1;
  }
}

/** The end of a table comes after everything. */
function compareRoutes(a: Route | undefined, b: Route | undefined): number {
  // As a rule the very same object stands in both: that is what makes thousands of unchanged routes cheap.
  if (a === b) return 0;
  if (a === undefined) return 1;
  return b === undefined ? -1 : compareIpPrefixes(a.prefix, b.prefix);
}

function haveSameLook(a: ClothedTable, i: number, b: ClothedTable, j: number): boolean {
  const [one, other] = [a.looks[i], b.looks[j]];
  if (one === undefined || other === undefined) return false;
  return one === other || one.key === other.key;
}
