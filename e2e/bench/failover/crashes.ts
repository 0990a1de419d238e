import { ownerOfAll } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { monotonicMillis } from "../../topology/monotonic.ts";
import { type Visitor } from "../../topology/visitor.ts";
import { median, quantile, type Figure, withGoal } from "../figure.ts";

const goals = { p50: 300, p99: 1_000 } as const;

/**
 * Takes the owner's power away again and again, and gives how long a client waited each time for a good connection, in
 * milliseconds: a list for each address.
 */
export async function crashOwner(
  lab: Lab,
  addresses: readonly string[],
  times: number,
): Promise<readonly (readonly number[])[]> {
  const visitors = await Promise.all(addresses.map((address) => lab.visit(address, { withinMillis: 500 })));
  const outages: number[][] = addresses.map(() => []);
  for (let round = 0; round < times; round++) {
    const seen = await crashOnce(lab, addresses, visitors);
    for (const [index, outage] of seen.entries()) outages[index]?.push(outage);
  }
  await Promise.all(visitors.map((visitor) => visitor.stop()));
  return outages;
}

async function crashOnce(
  lab: Lab,
  addresses: readonly string[],
  visitors: readonly Visitor[],
): Promise<readonly number[]> {
  const owner = await ownerOfAll(lab, addresses);
  for (const visitor of visitors) visitor.forget();
  const struck = monotonicMillis();
  await lab.crash(owner);
  const outages = await Promise.all(visitors.map((visitor) => visitor.untilServed(struck, 30_000)));
  await lab.revive(owner);
  await lab.untilRing();
  return outages;
}

/** The goals are for what a client sees of a crash: the middle and the worst of many. */
export function crashFigures(what: string, millis: readonly number[]): Figure[] {
  const [p50, p99] = [median(millis), quantile(millis, 0.99)];
  return [
    withGoal(
      `${what}, p50 of ${millis.length}`,
      `${p50.toFixed(0)} ms`,
      `≤ ${goals.p50} ms`,
      p50 <= goals.p50,
    ),
    withGoal(`${what}, p99`, `${p99.toFixed(0)} ms`, `≤ ${goals.p99} ms`, p99 <= goals.p99),
  ];
}
