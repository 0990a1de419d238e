import { describe, expect } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { whyNoKubeApiServer } from "../../cluster/index.ts";
import { describeNetwork } from "../../topology/describe-network.ts";
import { type Lab } from "../../topology/lab.ts";
import { whyNoMetallb } from "../../topology/metallb.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type Visitor } from "../../topology/visitor.ts";
import { stopAndTell } from "../failover/tell.ts";

/** On the genuine API server where its binaries are found. */
export const api = whyNoKubeApiServer() === undefined ? "genuine" : "embedded";

/** The longest that a client may wait at any replacement. */
export const longestGapMillis = 50;

/** `describeNetwork` for suites in which the genuine programs of MetalLB are replaced, and come back. */
export function describeSwap(name: string, body: () => void): void {
  const why = whyNoMetallb();
  if (why === undefined) describeNetwork(`${name}, on the ${api} API server`, body);
  else describe.skip(`${name} [skipped: ${why}]`, body);
}

/** Notes every address that Services ever show, until it is asked. */
export function watchAddresses(
  lab: Lab,
  names: readonly string[],
): { readonly stop: () => Promise<ReadonlyMap<string, readonly string[]>> } {
  const seen = new Map<string, Set<string>>(names.map((name) => [name, new Set()]));
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const name of names) seen.get(name)?.add((await lab.addresses(name)).join(", "));
      await pause(20);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watching;
      return new Map([...seen].map(([name, texts]) => [name, [...texts]]));
    },
  };
}

/**
 * Does something while a client opens a new connection to each address every few milliseconds: none is lost, and none
 * waits longer than the limit.
 */
export async function withoutGap(
  what: string,
  addresses: readonly string[],
  {
    visit,
    act,
  }: { readonly visit: (address: string) => Promise<Visitor>; readonly act: () => Promise<void> },
): Promise<void> {
  const visitors: Visitor[] = [];
  for (const address of addresses) visitors.push(await visit(address));
  await pause(300);
  for (const visitor of visitors) visitor.forget();
  const began = monotonicMillis();
  await act();
  await pause(500);
  for (const report of await stopAndTell(what, visitors, began)) {
    expect(report.lost).toBe(0);
    expect(report.longestGapMillis).toBeLessThanOrEqual(longestGapMillis);
  }
}
