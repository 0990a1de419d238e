import { setTimeout as pause } from "node:timers/promises";
import { ownerOfAll } from "../../topology/failover-lab.ts";
import { type Lab } from "../../topology/lab.ts";
import { type Figure, withGoal } from "../figure.ts";

const times = 20;
const mostExitMillis = 2_000;

/** SIGTERM to the owner: what a client lost while another took over, and how long the agent took to end. */
export async function measurePlannedMoves(lab: Lab, addresses: readonly string[]): Promise<Figure[]> {
  let whole = 0;
  let cut = 0;
  const exits: number[] = [];
  for (let round = 0; round < times; round++) {
    const owner = await ownerOfAll(lab, addresses);
    const visitors = await Promise.all(addresses.map((address) => lab.visit(address)));
    exits.push((await lab.stopAgent(owner)).millis);
    for (const address of addresses) await lab.soleOwner(address, { not: owner.name });
    await pause(100);
    const reports = await Promise.all(visitors.map((visitor) => visitor.stop()));
    if (reports.every(({ lost }) => lost === 0)) whole += 1;
    cut += reports.reduce((sum, report) => sum + report.cut, 0);
    await lab.startAgent(owner);
    await lab.untilRing();
  }
  const slowest = Math.max(...exits);
  return [
    withGoal(
      "planned moves that lost no connection",
      `${whole} of ${times}`,
      `${times} of ${times}`,
      whole === times,
    ),
    { name: "connections open in the moment of a planned move, broken", value: String(cut) },
    withGoal(
      "SIGTERM to exit, the longest",
      `${slowest.toFixed(0)} ms`,
      `≤ ${mostExitMillis} ms`,
      slowest <= mostExitMillis,
    ),
  ];
}
