import { formatIpPrefix } from "@steelyard/model/address";
import { type Instant, instantAfter, type Millis } from "@steelyard/model/foundation";
import { walkTables } from "./compare-tables.ts";
import { type RibOutContext, type RibOutState, type RouteTable } from "./types.ts";

type HeldBack = RibOutState["heldBack"];

const nobody: HeldBack = new Map();

/** Which of the routes that are wanted now have to wait, those of the first table never; and since when they are wanted. */
export function heldBackOf(
  wanted: RouteTable,
  before: Pick<RibOutState, "wanted" | "heldBack">,
  { now, routeDelay }: RibOutContext,
): HeldBack {
  if (routeDelay <= 0 || before.wanted === undefined) return nobody;
  const heldBack = new Map<string, Instant>();
  walkTables(wanted, before.wanted, (index, earlier) => {
    const route = index === undefined ? undefined : wanted[index];
    if (route === undefined || (earlier !== undefined && before.heldBack.size === 0)) return;
    const text = formatIpPrefix(route.prefix);
    const since = earlier === undefined ? now : before.heldBack.get(text);
    if (since !== undefined) heldBack.set(text, since);
  });
  return heldBack;
}

/** Those that still have to wait. */
export function stillHeldBack(heldBack: HeldBack, { now, routeDelay }: RibOutContext): HeldBack {
  const waiting = [...heldBack].filter(([, since]) => instantAfter(since, routeDelay) > now);
  return waiting.length === heldBack.size ? heldBack : new Map(waiting);
}

export function withoutHeldBack(wanted: RouteTable, heldBack: HeldBack): RouteTable {
  if (heldBack.size === 0) return wanted;
  return wanted.filter(({ prefix }) => !heldBack.has(formatIpPrefix(prefix)));
}

/** When the first of them may go; undefined = nobody waits. */
export function firstRelease(heldBack: HeldBack, routeDelay: Millis): Instant | undefined {
  const first = [...heldBack.values()].reduce<Instant | undefined>(
    (earliest, since) => (earliest === undefined || since < earliest ? since : earliest),
    undefined,
  );
  return first === undefined ? undefined : instantAfter(first, routeDelay);
}
